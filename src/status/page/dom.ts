/** Elements from values. Text from outside is only ever text: nothing here reads markup. */

type Child = Node | string | number | undefined | false;

export interface Attributes {
  readonly [name: string]: string | number | boolean | undefined | ((event: Event) => void);
}

/** `on…` attributes are listeners; `true` is an attribute without value; `false` and `undefined` are none. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  set(made, attributes);
  add(made, children);
  return made;
}

export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  set(made, attributes);
  add(made, children);
  return made;
}

function set(made: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== undefined && value !== false) made.setAttribute(name, String(value));
  }
}

function add(made: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child !== undefined && child !== false)
      made.append(typeof child === 'number' ? String(child) : child);
  }
}

/** The element of the page with this id, of this kind. Throws if page.html has none. */
export function byId<Kind extends HTMLElement = HTMLElement>(
  id: string,
  kind: new () => Kind = HTMLElement as new () => Kind,
): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`page.html has no such #${id}`);
  return found;
}

/**
 * Puts these in the place of what is there. The focus stays where it was, on what has the same `data-key`: what comes
 * from the relay must not take it away from somebody who is at work.
 */
export function replace(place: Element, ...children: readonly Child[]): void {
  const focused = document.activeElement;
  const key = place.contains(focused) ? focused?.getAttribute('data-key') : undefined;
  place.replaceChildren();
  add(place, children);
  if (key != null) place.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

export function button(text: string, key: string, act: () => void, kind = ''): HTMLButtonElement {
  return el('button', { type: 'button', class: kind || undefined, 'data-key': key, onclick: act }, text);
}

/** Tells those who listen, once. */
export function announce(text: string): void {
  byId('announce').textContent = text;
}
