import { Problem, quoted } from "../problem";
import { meant, plain } from "./names";

/** What people call the classes of the models besides their names. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  "Muskusrat klem": [
    ...["muskrat trap", "muskrat traps", "muskrat clamp", "muskrat clamps", "trap", "traps", "rat trap", "rat traps"],
    ...[
      "muskusrat",
      "muskusratklem",
      "muskusrattenklem",
      "muskusrattenklemmen",
      "muskusrat klemmen",
      "klem",
      "klemmen",
    ],
    ...["muskusratval", "muskusrattenval", "val", "vallen"],
  ],
  "Beschadiging oever": [
    ...["bank damage", "damaged bank", "damaged banks", "damage", "damage to the bank", "bank erosion", "shore damage"],
    ...["oeverschade", "oeverbeschadiging", "oeverbeschadigingen", "beschadigde oever", "beschadigde oevers"],
    ...["schade", "schade aan de oever", "beschadiging", "beschadigingen"],
  ],
};

/** The class that a name in English or Dutch means, out of those that the models find. Throws Problem. */
export function parseClass(written: string, known: readonly string[]): string {
  const [exact] = meant(written, known);
  if (exact) return exact;
  const form = plain(written);
  const other = known.find((name) => OTHER_NAMES[name]?.includes(form));
  if (other) return other;
  const classes = known.map((name) => ({ name, also: OTHER_NAMES[name] ?? [] }));
  throw new Problem(`no model finds ${quoted(written)}`, "name one of the classes in exists.classes", { classes });
}
