import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stop } from '../stop.mjs';
import { debianChangelog, description, ownNode } from './texts.mjs';

/** Node.js as the npm registry has it; its digests are in `node-release.json`. */
const release = JSON.parse(readFileSync(new URL('node-release.json', import.meta.url), 'utf8'));
const ofThisMachine = release.processors[process.arch];

/** Node.js for the relay alone, where that of the system is too old. It has the version of Node.js. */
export const daneRelayNode = {
  name: 'dane-relay-node',
  conffiles: [],

  control({ maintainer }) {
    if (ofThisMachine === undefined) throw new Stop(75, `there is no Node.js for ${process.arch} here`);
    return {
      Package: 'dane-relay-node',
      Version: `${release.version}-1`,
      Architecture: ofThisMachine.debian,
      Maintainer: maintainer,
      Depends: 'libc6 (>= 2.28), libgcc-s1 (>= 3.4), libstdc++6 (>= 8)',
      Section: 'javascript',
      Priority: 'optional',
      Description: description(
        'Node.js for the outbound mail relay dane-relay',
        `This is the Node.js that the relay runs with where that of the system is older than 20.19. It is in the directory of
        the relay; other programs do not see it.`,
      ),
    };
  },

  stage(tree, context) {
    const got = mkdtempSync(join(tmpdir(), 'dane-relay-node-'));
    try {
      unpack(got);
      const binary = join(got, 'package/bin/node');
      must('strip', ['--strip-unneeded', '--remove-section=.comment', binary]);
      tree.copy(binary, ownNode.slice(1), 0o755);
      const documents = 'usr/share/doc/dane-relay-node';
      tree.copy(join(got, 'package/LICENSE'), `${documents}/copyright`);
      tree.writeCompressed(
        `${documents}/changelog.Debian`,
        debianChangelog({ name: 'dane-relay-node', ...context, version: `${release.version}-1` }),
      );
    } finally {
      rmSync(got, { recursive: true });
    }
  },
};

/** From npm's cache, or from its registry; what is not to the last octet what it was here once is refused. */
function unpack(directory) {
  const name = `${ofThisMachine.package}@${release.version}`;
  const quiet = ['--silent', '--prefer-offline'];
  const [file] = must('npm', ['pack', ...quiet, '--pack-destination', directory, name])
    .trim()
    .split('\n')
    .slice(-1);
  const archive = join(directory, file);
  const digest = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (`sha512-${digest}` !== ofThisMachine.integrity)
    throw new Stop(75, `${name} is not what it was: ${digest}`);
  must('tar', ['-xzf', archive, '-C', directory, 'package/bin/node', 'package/LICENSE']);
}

function must(program, args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Stop(75, `${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}
