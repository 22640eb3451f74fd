import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { passingDirectory } from './passing.ts';
import { must } from './shell.ts';

/** Where a machine finds the repository to clone. */
export const bundle = '/usr/local/src/dane-relay.bundle';

export interface RepositoryLayer extends AsyncDisposable {
  readonly directory: string;
  /** The commit that is in it, and whether this checkout has something that is not. */
  readonly commit: string;
  readonly isDirty: boolean;
}

/** A layer with the commit that is checked out here, as a bundle. */
export async function repositoryLayer(cache: string): Promise<RepositoryLayer> {
  const git = ['git', '-c', 'safe.directory=*'];
  const directory = await passingDirectory(cache, 'repository');
  const file = path.join(directory, bundle);
  await mkdir(path.dirname(file), { recursive: true });
  await must([...git, 'bundle', 'create', '-q', file, 'HEAD']);
  return {
    directory,
    commit: (await must([...git, 'rev-parse', '--short', 'HEAD'])).trim(),
    isDirty: (await must([...git, 'status', '--porcelain'])).trim() !== '',
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}
