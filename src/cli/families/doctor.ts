import { settings, type CommandRow } from './command-row.ts';

export const doctorCommands = {
  doctor: {
    summary: 'check everything that mail needs, and say what to do',
    text: [
      `Looks at the relay that runs with these settings, and at what it depends on: resolver, Redis, queue, clock, open files, memory, \
disk, ports, its listeners as clients meet them, outbound port 25, its own name in the DNS, SPF, DKIM and DMARC of the domains that \
send, and its own TLSA records. While no relay runs, it looks at what one would meet. Nothing is changed. What each line means is in \
docs/doctor.md.`,
      `Nobody is dialled whom the operator did not name: the mail hosts of the DOMAINs, else the relayhost, else those that mail waits \
for, else those that it went to lately. They are told QUIT, and nothing of any mail. --sender names domains that send, besides those that the settings know.`,
      `The exit status is 0 if all is well or only warns, 1 if something fails, and 2 if nothing could be judged.`,
    ],
    options: [...settings, 'only', 'domain', 'sender', 'address', 'json'],
    optionTexts: {
      domain: 'Dials the mail hosts of this domain. It may be given several times.',
      sender: 'Looks also at SPF, DKIM and DMARC of this domain. It may be given several times.',
      address: `An IP address from which others see the mail of this machine, if it does not know that by itself. It may be given \
several times.`,
      json: 'Prints JSON (docs/schemas/doctor.schema.json).',
    },
    example: 'dane-relay doctor --domain example.org',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;
