import { DeclaredProvider } from "../declared/provider";
import { serve } from "../shared/serve";
import { declaration } from "./declaration";

serve(new DeclaredProvider(declaration), "postgresql");
