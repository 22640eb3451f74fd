import { get, Refused } from './api.ts';
import { closer, openDialog } from './dialog.ts';
import { announce, button, el } from './dom.ts';

interface Explained {
  readonly lines: readonly string[];
  /** To the postmaster of a destination that must mend something. */
  readonly letter?: readonly string[];
}

/** What the relay knows of a message, an address or a domain, in the words of `dane-relay explain`. */
export async function explain(name: string): Promise<void> {
  const place = el('div', { 'aria-live': 'polite' }, el('p', { class: 'note' }, 'Asking …'));
  openDialog(`What happened, and what happens next: ${name}`, place, el('p', { class: 'foot' }, closer()));
  const path = `/api/explain/${encodeURIComponent(name)}?zone=${new Date().getTimezoneOffset()}`;
  try {
    const { lines, letter } = await get<Explained>(path);
    place.replaceChildren(el('pre', {}, lines.join('\n')));
    if (letter !== undefined) place.append(letterBox(letter.join('\n')));
  } catch (error) {
    const isUnknown = error instanceof Refused && error.status === 404;
    const text = error instanceof Error ? error.message : String(error);
    place.replaceChildren(el('p', {}, isUnknown ? 'Nothing is known of it any more.' : text));
  }
}

function letterBox(text: string): HTMLElement {
  const copy = (): void =>
    void navigator.clipboard.writeText(text).then(
      () => announce('Copied.'),
      () => announce('The browser does not let this page copy: mark the text.'),
    );
  return el(
    'details',
    {},
    el('summary', {}, 'A letter to their postmaster'),
    el('pre', {}, text),
    el('p', {}, button('copy', 'copy-letter', copy)),
  );
}
