import { chaptersOfParting } from "./chapters.ts";
import { livedInMemory } from "./lived-in-memory.ts";

livedInMemory(chaptersOfParting);
