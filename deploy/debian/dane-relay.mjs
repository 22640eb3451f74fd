import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { productionPackages } from '../production.mjs';
import { commandText } from '../program.mjs';
import { checkout } from './context.mjs';
import { copyrightText } from './copyright.mjs';
import { installManuals, says } from './manual.mjs';
import {
  debianChangelog,
  description,
  documents,
  findNode,
  foundNode,
  packagedSettings,
  packagedUnit,
  program,
} from './texts.mjs';

const read = (path) => readFileSync(join(checkout, path), 'utf8');

/** Of a package of the registry, what Node reads; not what compilers, editors and people do. */
const isRead = (name) =>
  /\.(?:[cm]?js|json|lua)$/.test(name) &&
  !/(?:^|\/)(?:node_modules|tests?|bench|benchmarks?|examples?|docs?)\//.test(name);

/** The relay itself, for whatever Node.js there is; nothing in it is for one kind of processor. */
export const daneRelay = {
  name: 'dane-relay',
  conffiles: ['/etc/dane-relay/relay.toml', '/etc/default/dane-relay', '/etc/logrotate.d/dane-relay'],

  control: ({ version, maintainer }) => ({
    Package: 'dane-relay',
    Version: version,
    Architecture: 'all',
    Maintainer: maintainer,
    Depends: 'adduser, nodejs (>= 20.19) | dane-relay-node',
    Recommends: 'redis-server | valkey-server, unbound, dns-root-data, ca-certificates',
    Suggests: 'dane-relay-mta, logrotate, bash-completion, fail2ban',
    Section: 'mail',
    Priority: 'optional',
    Description: description(
      'outbound mail relay with DANE',
      `dane-relay delivers mail for mail servers and applications that cannot do DANE (RFC 7672) themselves. It takes mail over
      SMTP or HTTP, keeps it on disk, finds the mail hosts of the recipients through a resolver that validates with DNSSEC, and
      delivers over TLS that it checks against TLSA records. Where it cannot be sure it waits and tries again.`,
      `The queue is in a private Redis or Valkey, and names are resolved by a private Unbound; both are started from the
      programs of the recommended packages. They are not needed where settings name others.`,
      `Debian 12 has no Node.js that is new enough: install the package dane-relay-node there.`,
    ),
  }),

  stage(tree, context) {
    stageProgram(tree);
    tree.write('usr/bin/dane-relay', commandText(findNode, foundNode, program), 0o755);
    tree.write('usr/share/bash-completion/completions/dane-relay', says('completion', 'bash'));
    for (const name of readdirSync(join(checkout, 'systemd')).filter((name) =>
      /\.(?:service|socket)$/.test(name),
    ))
      tree.write(`usr/lib/systemd/system/${name}`, packagedUnit(read(`systemd/${name}`), name));
    tree.write('etc/dane-relay/relay.toml', packagedSettings(read('config/relay.toml')));
    tree.write('etc/logrotate.d/dane-relay', read('deploy/logrotate/dane-relay'));
    // For secrets, from the first moment.
    tree.write('etc/default/dane-relay', read('deploy/debian/dane-relay/default'), 0o600);
    installManuals(tree);
    stageDocuments(tree, context);
  },
};

function stageProgram(tree) {
  const inProgram = (path) => join(program, path).slice(1);
  tree.copyAll(
    join(checkout, 'dist'),
    inProgram('dist'),
    (name) => hasSource(name) && !/\.d\.ts$/.test(name),
  );
  for (const { path } of packagesInside())
    tree.copyAll(join(checkout, path), inProgram(path), (name) => isRead(name));
  for (const name of ['package.json', 'systemd/with-notify-descriptor.pl'])
    tree.copy(join(checkout, name), inProgram(name));
}

/** Without those that exist for single kinds of processors: nothing of the relay is faster with them (decision 79). */
function packagesInside() {
  return productionPackages(checkout).filter(({ optional }) => !optional);
}

/** dist may have what was built from a source that is gone. */
function hasSource(name) {
  const source = join(checkout, 'src', name);
  return existsSync(source) || existsSync(source.replace(/\.js(?:\.map)?$/, '.ts'));
}

/** As they lie in the repository, so that what one page says of another is true. */
function stageDocuments(tree, context) {
  const at = documents.slice(1);
  for (const directory of ['docs', 'deploy/fail2ban', 'deploy/grafana', 'deploy/prometheus'])
    tree.copyAll(join(checkout, directory), join(at, directory), (name) => !name.startsWith('man/'));
  for (const name of ['README.md', 'SECURITY.md', 'config/relay.example.toml'])
    tree.copy(join(checkout, name), join(at, name));
  tree.write(join(at, 'copyright'), copyrightText(checkout, packagesInside()));
  tree.writeCompressed(join(at, 'changelog'), read('CHANGELOG.md'));
  tree.writeCompressed(join(at, 'changelog.Debian'), debianChangelog({ name: 'dane-relay', ...context }));
}
