import { DockerfileParser, type Instruction, type JSONInstruction } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';

/** What is wrong with a Dockerfile: what a builder would refuse, and what we ask of ours. */
export function dockerfileFaults(text: string): readonly string[] {
  const file = DockerfileParser.parse(text);
  const all = (name: string): Instruction[] =>
    file.getInstructions().filter((one) => one.getInstruction() === name);
  const last = (name: string): string => all(name).at(-1)?.getArgumentsContent() ?? '';
  const faults = validate(text).map(
    ({ message, range }) => `line ${range.start.line + 1}: ${JSON.stringify(message)}`,
  );

  const froms = file.getFROMs();
  if (froms.length < 2) faults.push('what builds is in the image');
  const defaults = new Map(
    file.getInitialARGs().map((arg) => [arg.getProperty()?.getName(), arg.getProperty()?.getValue()]),
  );
  for (const from of froms) {
    const image = from.getImage() ?? '';
    const [, variable] = /^\$\{(\w+)\}$/.exec(image) ?? [];
    const said = variable === undefined ? undefined : defaults.get(variable);
    if (said == null) faults.push(`${image}: not to be pinned by an argument`);
    else if (!/:[^:/]+$/.test(said) || said.endsWith(':latest')) faults.push(`${said}: any version at all`);
  }
  if (!/^[1-9]\d{3,}:[1-9]\d{3,}$/.test(last('USER')))
    faults.push(`USER ${last('USER')}: no number of a user`);
  for (const name of ['ENTRYPOINT', 'CMD'])
    if (wordsOf(all(name).at(-1)) === undefined) faults.push(`${name}: a shell stands in front of it`);
  if (!/CMD \["dane-relay", ?"health"\]$/.test(last('HEALTHCHECK')))
    faults.push('HEALTHCHECK does not ask "dane-relay health"');
  if (wordsOf(all('ENTRYPOINT').at(-1))?.[0] !== 'tini') faults.push('nobody reaps what is orphaned');
  if (last('VOLUME') === '') faults.push('the queue is in the layer of the container');
  if (all('ADD').length > 0) faults.push('ADD fetches and unpacks: COPY');
  for (const run of all('RUN').map((one) => one.getArgumentsContent() ?? '')) {
    if (!run.includes('apt-get install')) continue;
    if (!run.includes('--no-install-recommends')) faults.push('apt-get installs what is recommended');
    if (!run.includes('rm -rf /var/lib/apt/lists')) faults.push('the lists of apt stay in the image');
  }
  return faults;
}

/** The words of an instruction in exec form; undefined in shell form. */
export function wordsOf(instruction: Instruction | undefined): readonly string[] | undefined {
  const { getOpeningBracket, getJSONStrings } = (instruction ?? {}) as Partial<JSONInstruction>;
  if (getOpeningBracket?.call(instruction) == null) return undefined;
  return getJSONStrings?.call(instruction).map((one) => one.getJSONValue());
}

/** What is copied out of the clone, by its names there. */
export function copiedFrom(text: string): readonly string[] {
  return DockerfileParser.parse(text)
    .getCOPYs()
    .filter((copy) => copy.getFromFlag() === null)
    .flatMap((copy) => copy.getArguments().slice(0, -1))
    .map((argument) => argument.getValue());
}
