import { printable } from '../../core/mail/printable.ts';
import { questionNames, type Answers, type MachineFacts, type QuestionName } from './answers.ts';
import type { Dialogue } from './dialogue.ts';
import { questions, type Given } from './questions.ts';
import { LONGEST_ANSWER, type Reading } from './read-answer.ts';
import { wrapped } from './settings-text.ts';

export interface Asking {
  readonly facts: MachineFacts;
  /** Absent: every question has its default. */
  readonly dialogue?: Dialogue;
  readonly show: (line: string) => unknown;
  /** Is told of each answer, and may look at what it means before the next question. */
  readonly answered: (name: QuestionName, given: Given) => Promise<void>;
}

/** Puts all questions, each until its answer makes sense. Undefined if they were given up. */
export async function putQuestions(asking: Asking): Promise<Answers | undefined> {
  const given: Partial<Record<QuestionName, string>> = {};
  for (const name of questionNames) {
    const { isAsked } = questions[name];
    if (isAsked !== undefined && !isAsked(given)) {
      given[name] = '';
      continue;
    }
    const answer = await put(name, given, asking);
    if (answer === undefined) return undefined;
    given[name] = answer;
    await asking.answered(name, given);
  }
  return given as Answers;
}

async function put(
  name: QuestionName,
  given: Given,
  { facts, dialogue, show }: Asking,
): Promise<string | undefined> {
  const { text, prompt, default: byDefault, read } = questions[name];
  const fallback = byDefault(given, facts);
  const reading = read(fallback, given);
  const usual = 'text' in reading ? reading.text : '';
  if (dialogue === undefined) {
    show(printable(`${prompt}: ${usual || 'none'}`));
    return usual;
  }
  show('');
  for (const line of wrapped(text, 79)) show(line);
  for (;;) {
    const typed = await dialogue.ask(printable(`${prompt} [${usual || 'none'}]: `));
    if (typed === undefined) return undefined;
    const answer = readTyped(typed, usual, (word) => read(word, given));
    if ('text' in answer) return answer.text;
    for (const line of wrapped(printable(answer.wanted), 77)) show(`  ${line}`);
  }
}

function readTyped(typed: string, usual: string, read: (word: string) => Reading): Reading {
  const word = typed.trim();
  if (word.length > LONGEST_ANSWER) return { wanted: `wanted are ${LONGEST_ANSWER} characters at most` };
  if (word === '') return { text: usual };
  return read(word.toLowerCase() === 'none' ? '' : word);
}
