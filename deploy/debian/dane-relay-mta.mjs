import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dropInText, names, postfixNames, wrapperText } from '../sendmail.mjs';
import { checkout } from './context.mjs';
import { installHelp, installReference } from './manual.mjs';
import { debianChangelog, description, findNode, foundNode, program } from './texts.mjs';

const [command, ...links] = [...names, ...postfixNames];
/** Pages of the relay's own package. */
const references = {
  'sendmail.8': 'dane-relay-sendmail.1',
  'mailq.1': 'dane-relay-sendmail.1',
  'newaliases.1': 'dane-relay-sendmail.1',
};
const pages = [
  { name: 'postqueue', section: 1, summary: 'list and flush the queue of the relay' },
  { name: 'postsuper', section: 1, summary: 'steer the queue of the relay' },
  { name: 'qshape', section: 1, summary: 'show the queue of the relay by domain and age' },
];

/** The relay as the mail server of the machine, by the names of policy 11.6. */
export const daneRelayMta = {
  name: 'dane-relay-mta',
  conffiles: [],

  control: ({ version, maintainer }) => ({
    Package: 'dane-relay-mta',
    Version: version,
    Architecture: 'all',
    Maintainer: maintainer,
    Depends: `dane-relay (= ${version})`,
    Conflicts: 'mail-transport-agent',
    Replaces: 'mail-transport-agent',
    Provides: 'mail-transport-agent',
    Section: 'mail',
    Priority: 'optional',
    Description: description(
      'sendmail of the outbound mail relay dane-relay',
      `This package makes dane-relay the mail transport agent of the machine: it has /usr/sbin/sendmail, mailq, newaliases,
      postqueue, postsuper and qshape. Mail of cron, PHP and the like goes to a maildrop, from which the relay takes it; it waits
      there while the relay does not run.`,
      `There are no local mailboxes: all mail is sent to the mail hosts of its recipients.`,
    ),
  }),

  stage(tree, context) {
    tree.write(command.slice(1), wrapperText(findNode, foundNode, program, '/usr'), 0o755);
    for (const name of links)
      tree.link(name.slice(1), name.startsWith('/usr/sbin/') ? 'sendmail' : '../sbin/sendmail');
    tree.write(
      'usr/lib/systemd/system/dane-relay.service.d/dane-relay-mta.conf',
      dropInText('# Of the package dane-relay-mta: what the relay needs for the maildrop.'),
    );
    for (const [name, other] of Object.entries(references)) installReference(tree, name, other);
    for (const page of pages) installHelp(tree, page, context);
    const documents = 'usr/share/doc/dane-relay-mta';
    tree.write(`${documents}/copyright`, readFileSync(join(checkout, 'LICENSE')));
    tree.writeCompressed(
      `${documents}/changelog.Debian`,
      debianChangelog({ name: 'dane-relay-mta', ...context }),
    );
  },
};
