import { existsSync } from 'node:fs';

const here = new URL('./', import.meta.url);

/** Where the data of the vectors are: here, or, seen from build/test/vectors, in the sources. */
export const vectorFolder = existsSync(new URL('vectors.schema.json', here))
  ? here
  : new URL('../../../test/vectors/', import.meta.url);
