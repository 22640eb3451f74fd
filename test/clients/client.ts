/** What a program has of the relay: a port without TLS, one with STARTTLS, or one where it must log in. */
export type Door = 'plain' | 'starttls' | 'login';

export interface RecipeFile {
  /** In the folder of the client. */
  readonly file: string;
  /** Where its user has it, if that matters; in a private root it is put there. */
  readonly place?: string;
  /** Of the code block in docs/clients.md. */
  readonly language: string;
}

/** One way of handing mail to the relay, as docs/clients.md shows it and as the test plays it. */
export interface Recipe {
  readonly door: Door;
  readonly title: string;
  /** What its user has to know, in Markdown. */
  readonly text?: string;
  readonly files: readonly RecipeFile[];
  /**
   * Shell: what is run in a directory with the files and with `message.eml`. A private root has them at their places,
   * too. For `postfix` the first file is main.cf of an instance of its own, which is handed the message.
   */
  readonly run: string;
  /** It stays; whether the message arrives is what counts. */
  readonly daemon?: true;
  /** It is played on this machine though the client has packages. */
  readonly here?: true;
  /** A private root that was not told of the authority. */
  readonly trustsNobody?: true;
  /** Lines of the body that arrives; by default those of `message.eml`. */
  readonly body?: readonly string[];
  /** It comes to nothing, with this in what it writes. */
  readonly fails?: RegExp;
}

/** A program that sends mail, and how it is told to give it to the relay. */
export interface Client {
  readonly name: string;
  /** Below test/clients. */
  readonly folder: string;
  /** What is special about it, in Markdown. */
  readonly special: string;
  /** Debian packages that it is in; they are installed in a private root. Without them it is what this machine has. */
  readonly packages?: readonly string[];
  /** Shell that succeeds where this machine has it, and what is missing otherwise. */
  readonly needs?: { readonly check: string; readonly missing: string };
  readonly recipes: readonly Recipe[];
}

export const sender = 'app@example.com';
export const recipient = 'admin@example.org';
export const login = { user: 'app', password: 'correct-horse' };

/** The message of those that do not compose one; lines end with LF. */
export const messageLines = [
  `From: ${sender}`,
  `To: ${recipient}`,
  'Subject: Backup',
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: 8bit',
  '',
  'The backup is done.',
  '.profile was left out.',
  '.',
  'It took 5 µs.',
];

/** The text of those that compose one. */
export const asciiBody = ['The backup is done.', '.profile was left out.', '.'];
