import { expect, it } from 'vitest';
import { shownSts } from '../core/check/sts-view.ts';
import { withStsOfItsOwn, type CheckMeans } from './check-means.ts';

it('a check beside the mail asks for no MTA-STS policy where the mail asks for none', async () => {
  const means = { config: { tls: { mtaSts: 'off' } } } as unknown as CheckMeans;
  const lookup = (): never => {
    throw new Error('somebody was asked');
  };
  const found = await withStsOfItsOwn(
    means,
    () => {},
    ({ sts }) => sts.find('x.test', lookup),
  );
  expect(shownSts(found, [])).toBeUndefined();
});
