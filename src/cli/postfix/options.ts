/** An option of a command of Postfix, as getopt(3) reads it. */
export interface PostfixOption {
  readonly letter: string;
  readonly value: string;
}

/** The command line as getopt(3) understands it. */
export interface PostfixCommandLine {
  readonly options: readonly PostfixOption[];
  readonly operands: readonly string[];
  /** What it does not understand, in its words. */
  readonly trouble?: string;
}

/** @param letters those that take a value with a colon behind them, as in `c:fi:` */
export function readOptions(argv: readonly string[], letters: string): PostfixCommandLine {
  const options: PostfixOption[] = [];
  const wrong = (trouble: string): PostfixCommandLine => ({ options, operands: [], trouble });
  let at = 0;
  for (; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--') {
      at += 1;
      break;
    }
    if (!word.startsWith('-') || word === '-') break;
    for (let place = 1; place < word.length; place += 1) {
      const letter = word.charAt(place);
      const known = /[A-Za-z]/.test(letter) ? letters.indexOf(letter) : -1;
      if (known < 0) return wrong(`invalid option -- '${letter}'`);
      if (letters[known + 1] !== ':') {
        options.push({ letter, value: '' });
        continue;
      }
      const glued = word.slice(place + 1);
      if (glued === '') at += 1;
      const value = glued === '' ? argv[at] : glued;
      if (value === undefined) return wrong(`option requires an argument -- '${letter}'`);
      options.push({ letter, value });
      break;
    }
  }
  return { options, operands: argv.slice(at) };
}
