// Text is made a string, as a program has to that reads it, and what barewire's own server is given.
import { serve } from "./ws-server.mjs";

serve((data, isBinary) => (isBinary ? data : data.toString()));
