/** Loaded before a program (`node --import`): its clock is off by SHIFTED_CLOCK_MS. Timers run as always. */
const offsetMs = Number(process.env['SHIFTED_CLOCK_MS']);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + offsetMs);
    else super(...parts);
  }

  static now() {
    return RealDate.now() + offsetMs;
  }
};
