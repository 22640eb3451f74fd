/** What can be asked for help on. */
export const helpTopics = ['run', 'check-config', 'queue', 'health'] as const;
export type HelpTopic = (typeof helpTopics)[number];

const configOptions = `\
  -c, --config FILE  read settings from FILE; else from that of DANE_RELAY_CONFIG, else from
                     ~/.config/dane-relay/relay.toml (not root) or /etc/dane-relay/relay.toml
  --set KEY=VALUE    override one setting, as often as needed`;

const overview = `\
Usage: dane-relay COMMAND [OPTIONS]

Accepts mail over SMTP and delivers it to the mail servers of its recipients, with DANE.

Commands:
  run             accept and deliver mail until stopped
  check-config    check the settings, show those that differ from their defaults
  queue list      show the messages that wait for delivery
  queue flush     try to deliver all of them now
  queue release   send what is held
  queue delete    forget messages
  queue export    write all of them, with their content, to standard output
  queue import    take them from standard input
  queue repair    make the files of a damaged queue readable again
  health          tell whether a running relay can do its work
  help COMMAND    explain a command

Options of all commands:
${configOptions}

  -h, --help         show this text, or that of a command
  -V, --version      show the version

All settings, with their defaults, are in config/relay.example.toml. Each is also an environment
variable: redis.url is DANE_RELAY_REDIS_URL.

Exit status:
   0    all is well
  64    the command line makes no sense
  65    what was to be imported is damaged, or the queue itself
  75    it cannot be done now, but may work later
  78    the settings are wrong
`;

const topics: Readonly<Record<HelpTopic, string>> = {
  run: `\
Usage: dane-relay run [OPTIONS]

Accepts mail and delivers it until SIGTERM or SIGINT; then finishes what it is doing and stops. A
second one stops it at once; nothing is lost by that. SIGHUP opens the log file and reads the policy
files anew.

Options:
${configOptions}
  --role ROLE        all: accept and deliver (default)
                     intake: accept only
                     delivery: deliver only

Several processes with the same redis.url and redis.prefix work on one queue.
`,
  'check-config': `\
Usage: dane-relay check-config [OPTIONS]

Checks the settings as "run" would, with the files and places that they name, and shows those that
differ from their defaults and where they come from. Passwords are not shown. Nobody is asked but
this machine: neither Redis nor a resolver. Exits with 78 if a setting is wrong, or an entry of a
file: "run" starts with such an entry, and keeps the mail for it waiting.

Options:
${configOptions}
`,
  queue: `\
Usage: dane-relay queue list [OPTIONS]
       dane-relay queue flush [NAME...] [OPTIONS]
       dane-relay queue release ID...|all [OPTIONS]
       dane-relay queue delete ID... [OPTIONS]
       dane-relay queue export [OPTIONS] > FILE
       dane-relay queue import [OPTIONS] < FILE
       dane-relay queue repair [OPTIONS]

list shows the messages that wait for delivery. flush makes all of them due now, or those that are
named: by destination, by id, or by an address or a domain of recipients. Those that are held
because they may have arrived (queue.ambiguous) are not among them: release sends these again.
delete forgets messages, for all who wait for them and without a word to the sender. Exits with 75
if a NAME or an ID stands for nothing, or could not be released because the message is being
delivered. While no relay runs, its private Redis is started for as long as this takes.

export and import carry a queue to another Redis or host, or keep a copy of it. export leaves the
queue as it is, so do not start a relay on it again: the mail would go out twice. It refuses while a
relay works on the queue. import may be run while a relay works on the queue, and again after it was
interrupted or without need: no message is put there twice.

repair is for the private Redis of a relay that says its queue is damaged, and is stopped. It works
on a copy: what cannot be read in a file is cut off, with what follows it, and a list of the files
that is missing is written anew. It says what it did, and where the files are kept as they were.
Exits with 65 if that does not help: then the files must come from a backup.

Options:
${configOptions}
  --json             list: print JSON, an object a line
  --live             export: although a relay works on the queue, for a copy to keep
`,
  health: `\
Usage: dane-relay health [OPTIONS]

Asks the relay that runs with these settings whether it can accept and deliver mail. Exits with 0 if
it can, with 75 if not, or if no relay answers.

Options:
${configOptions}
  --json             print JSON
`,
};

/** The help text of a command, or the overview. */
export function usage(topic?: HelpTopic): string {
  return topic === undefined ? overview : topics[topic];
}
