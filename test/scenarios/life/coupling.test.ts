import { chaptersOfCoupling } from "./chapters.ts";
import { livedInMemory } from "./lived-in-memory.ts";

livedInMemory(chaptersOfCoupling);
