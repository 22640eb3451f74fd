import type { Draft } from './draft.ts';
import { readNumber, readTime, readYesNo, sizeText, timeText } from '../postfix/quantities.ts';
import type { Effective, Scope } from './scope.ts';
import { parameters } from '../postfix-rows/parameters.ts';
import type { Form, ParameterRow } from '../postfix-rows/row.ts';
import type { TomlValue } from './toml.ts';
import { listItems, withoutBraces } from '../postfix/words.ts';
import { originOf } from './taking.ts';

/** Takes over all parameters that are a setting of ours. */
export function takeSettings(scope: Scope, draft: Draft): void {
  for (const row of parameters.values()) {
    if (row.here.kind === 'setting') takeSetting(row, scope, draft);
  }
}

function takeSetting({ name, here }: ParameterRow, scope: Scope, draft: Draft): void {
  if (here.kind !== 'setting') return;
  const value = scope.value(name);
  // What nobody has set keeps our default, which is the one of Postfix or better.
  if (value.origins.length === 0) return;
  const written = convert(value, here.form);
  const loss = here.key.startsWith('tls.') || here.key.startsWith('delivery.sasl') ? 'protection' : 'effect';
  if (value.unknown.length > 0) {
    draft.refuse(
      originOf(value),
      `$${value.unknown[0]} is set nowhere, and its default is not known here`,
      loss,
    );
  } else if (written === undefined) {
    draft.refuse(originOf(value), 'Postfix would not read this value', loss);
  } else draft.set(here.key, written, value.origins);
}

function convert({ text }: Effective, form: Form): TomlValue | undefined {
  if (typeof form === 'object') {
    const time = readTime(text, form.time);
    return time === undefined ? undefined : timeText(time);
  }
  switch (form) {
    case 'text':
      return text;
    case 'choice':
      return text.toLowerCase();
    case 'flag':
      return readYesNo(text);
    case 'number':
      return readNumber(text);
    case 'octets': {
      const octets = readNumber(text);
      return octets === undefined || octets < 0 ? undefined : sizeText(octets);
    }
    case 'list':
      return listItems(text).map(withoutBraces);
    case 'hops':
      return listItems(text).join(', ');
  }
}
