import { healthLines, healthRecord, noteOfHealth } from '../core/check/health-lines.ts';
import { toALabels } from '../core/mail/address.ts';
import { parseDestination } from '../core/route/destination.ts';
import type { DestinationHealthStore, MailedDestination } from '../queue/open-queue.ts';

interface Wishes {
  readonly destinations: readonly string[];
  readonly output: 'text' | 'json' | 'note';
  /** The name of this relay, in notes. */
  readonly hostname: string;
  readonly print: (line: string) => boolean;
}

/** Shows what checks have found. True if something is known of every destination that was asked for. */
export async function listDestinations(
  { health }: { readonly health: Pick<DestinationHealthStore, 'list'> },
  { destinations, output, hostname, print }: Wishes,
): Promise<boolean> {
  const wanted = new Set(destinations.map(nameOf));
  let count = 0;
  for await (const one of health.list(wanted.size === 0 ? undefined : [...wanted])) {
    wanted.delete(one.destination);
    const lines = linesOf(one, output, hostname);
    if (lines.length === 0) continue;
    if (output === 'note' && count > 0) print('');
    count += 1;
    if (!lines.every((line) => print(line))) return true;
  }
  if (output === 'json') return wanted.size === 0;
  if (count === 0 && wanted.size === 0)
    print(
      output === 'note'
        ? 'There is nothing to say to a postmaster'
        : 'Nothing is known of any destination (tls.health_interval)',
    );
  for (const name of wanted)
    print(`${name}: no mail has gone there with DANE, or nobody checks (tls.health_interval)`);
  return wanted.size === 0;
}

function linesOf(
  { destination, health }: MailedDestination,
  output: Wishes['output'],
  hostname: string,
): readonly string[] {
  switch (output) {
    case 'json':
      return [JSON.stringify(healthRecord(destination, health))];
    case 'text':
      return healthLines(destination, health);
    case 'note':
      return health === undefined
        ? []
        : (noteOfHealth(parseDestination(destination).host, health, hostname) ?? []);
  }
}

/** A next hop as it is written in the settings, or a domain. */
function nameOf(text: string): string {
  const name = text.toLowerCase().replace(/\.$/, '');
  return toALabels(name) ?? name;
}
