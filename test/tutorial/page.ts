/** What docs/tutorial.md has people type. */
export interface TutorialCommand {
  readonly command: string;
  /** As the page shows it. */
  readonly shown: string;
}

/** Of blocks in `console`: these are typed in the practice world, and their output is shown. */
export function practiceCommands(page: string): readonly TutorialCommand[] {
  return blocks(page, 'console').flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((text) => {
        const end = text.indexOf('\n');
        return { command: text.slice(0, end), shown: text.slice(end + 1).trimEnd() };
      }),
  );
}

/** Of blocks in `sh`, a line each: these are typed on the machine itself, and what they print is not shown. */
export function machineCommands(page: string): readonly string[] {
  return blocks(page, 'sh').flatMap((block) => block.trimEnd().split('\n'));
}

/** The page with these outputs behind the commands of its `console` blocks, in their order. */
export function withOutputs(page: string, outputs: readonly string[]): string {
  let nth = 0;
  return page.replaceAll(/^```console\n([^]*?)^```$/gm, (_, block: string) => {
    const typed = block.split('\n').filter((line) => line.startsWith('$ '));
    const made = typed.map((line) => {
      const output = outputs[nth] ?? '';
      nth += 1;
      return output === '' ? line : `${line}\n${output}`;
    });
    return `\`\`\`console\n${made.join('\n')}\n\`\`\``;
  });
}

function blocks(page: string, language: string): readonly string[] {
  return [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)]
    .filter(([, named]) => named === language)
    .map(([, , text = '']) => text);
}
