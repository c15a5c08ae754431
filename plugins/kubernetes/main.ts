import { serve } from "../shared/serve";
import { KubernetesProvider } from "./provider";

serve(new KubernetesProvider(), "kubernetes");
