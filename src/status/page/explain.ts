import { get, Refused } from './api.ts';
import { closer, openDialog } from './dialog.ts';
import { el } from './dom.ts';

/** What the relay knows of a message, an address or a domain, in the words of `dane-relay explain`. */
export async function explain(name: string): Promise<void> {
  const place = el('div', { 'aria-live': 'polite' }, el('p', { class: 'note' }, 'Asking …'));
  openDialog(`What happened, and what happens next: ${name}`, place, el('p', { class: 'foot' }, closer()));
  try {
    place.replaceChildren(
      el('pre', {}, (await get<{ text: string }>(`/api/explain/${encodeURIComponent(name)}`)).text),
    );
  } catch (error) {
    const isUnknown = error instanceof Refused && error.status === 404;
    const text = isUnknown
      ? 'Nothing is known of it any more.'
      : error instanceof Error
        ? error.message
        : String(error);
    place.replaceChildren(el('p', {}, text));
  }
}
