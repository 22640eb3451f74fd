import type { Hand } from '../hand.ts';
import type { Machine } from '../machine.ts';

/** An older version than any. */
export const previousVersion = '0.0.1-1';

/** In the machine where the packages were built: their octets, and what lintian says. */
export async function buildAgain(machine: Machine, hand: Hand, built: string): Promise<void> {
  await hand.step(
    'another user, in another place, at another time of day, builds the same octets',
    async () => {
      const make =
        'git clone -q /usr/local/src/dane-relay.bundle elsewhere && cd elsewhere && npm run package:deb';
      const { code, output } = await machine.run('somebody', `umask 077; export TZ=Asia/Tokyo; ${make}`);
      if (code !== 0) throw new Error(`another user cannot build: ${output.slice(-2000)}`);
      const sums = (directory: string): Promise<string> => hand.does(`cd ${directory} && sha256sum *.deb`);
      const [first, second] = [await sums(built), await sums('/home/somebody/elsewhere/build/debian')];
      if (first !== second) throw new Error(`other octets:\n${first}\n${second}`);
    },
  );

  await hand.step('a version before it', () =>
    hand.does(
      `cd dane-relay && npm run package:deb -- --package dane-relay --package dane-relay-mta \
--version ${previousVersion} --output build/debian/previous`,
    ),
  );

  await hand.step('lintian has nothing to say', async () => {
    await hand.does(
      'apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends lintian',
    );
    await hand.does(
      `lintian --fail-on error,warning,info --display-info --tag-display-limit 0 ${built}/*.deb`,
    );
  });
}
