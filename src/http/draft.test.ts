import { expect, test } from 'vitest';
import { readDraft } from './draft.ts';

const message = { from: 'a@x.test', to: 'b@y.test', text: 'x' };

test.each([
  [{}, []],
  [{ receipt: false }, []],
  [{ receipt: true }, [['Dane-Receipt', 'wanted']]],
])('readDraft(): receipts are asked for in the header: %j', (more, headers) => {
  expect(readDraft({ ...message, ...more })).toMatchObject({ draft: { headers } });
});

test('readDraft(): whether receipts are wanted is true or false', () => {
  expect(readDraft({ ...message, receipt: 'yes' })).toEqual({
    flaws: [{ pointer: '#/receipt', detail: 'true or false is wanted' }],
  });
});
