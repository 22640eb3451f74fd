import { byId, el, replace } from './dom.ts';

/** The one dialog of the page. Esc and "close" end it, and the focus goes back to where it was. */
export function openDialog(title: string, ...content: readonly (Node | string | false)[]): HTMLDialogElement {
  const dialog = byId('dialog', HTMLDialogElement);
  const from = document.activeElement;
  const key = from?.getAttribute('data-key');
  replace(dialog, el('h2', { id: 'dialog-title' }, title), ...content);
  const giveBack = (): void => {
    // What was there may have been drawn anew meanwhile.
    const now = key == null ? null : document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
    if (now !== null) now.focus();
    else if (from instanceof HTMLElement) from.focus();
  };
  // From one question to the next, as long as it is open, the focus belongs to where the first was asked.
  if (!dialog.open) dialog.addEventListener('close', giveBack, { once: true });
  if (!dialog.open) dialog.showModal();
  return dialog;
}

export function closer(text = 'Close'): HTMLButtonElement {
  return el('button', { type: 'button', onclick: () => byId('dialog', HTMLDialogElement).close() }, text);
}
