/** HTML from a file with `{{name}}` where values go. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as text, in an element and in a quoted attribute. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (one) => entities[one] ?? '');
}

/** @param values markup; what is text has gone through `escapeMarkup`. Throws if the template names one that is not there. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  // A function, because a text has patterns of its own: `$&`. What a value contains is not looked at again.
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for {{${name}}}`);
    return value;
  });
}
