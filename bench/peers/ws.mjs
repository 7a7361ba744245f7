// Text is passed on as the bytes that ws hands out.
import { serve } from "./ws-server.mjs";

serve((data) => data);
