import { accept } from './accept.ts';
import { admit } from './admit.ts';
import { adopt } from './adopt.ts';
import { askArrival, forgetArrivals } from './arrivals.ts';
import { arrive } from './arrive.ts';
import { audit } from './audit.ts';
import { begin } from './begin.ts';
import { bringForward } from './bring-forward.ts';
import { comeBack } from './come-back.ts';
import { depart } from './depart.ts';
import { forgetDestination, noteMailed, putChecked, takeDestination } from './destination-health.ts';
import { discard } from './discard.ts';
import { joinDrain, leaseDrain } from './drain-lease.ts';
import { droppedEvents } from './dropped-events.ts';
import { endHold } from './end-hold.ts';
import { expire } from './expire.ts';
import { except, unexcept } from './except.ts';
import { fence } from './fence.ts';
import { findKept } from './find-kept.ts';
import { flushOne } from './flush-one.ts';
import { flush } from './flush.ts';
import { forgetKept } from './forget-kept.ts';
import { forgetReceipts } from './forget-receipts.ts';
import { forget } from './forget.ts';
import { hear } from './hear.ts';
import { hold } from './hold.ts';
import { letGo } from './let-go.ts';
import { keep } from './keep.ts';
import { page } from './page.ts';
import { dropPolicy, failPolicy, planPolicy, putPolicy, takePolicies, usePolicy } from './policies.ts';
import { recordIntent } from './record-intent.ts';
import { makeDue } from './make-due.ts';
import { mend } from './mend.ts';
import { move } from './move.ts';
import { note } from './note.ts';
import { regain } from './regain.ts';
import { rememberArrived } from './remember-arrived.ts';
import { release } from './release.ts';
import { renew } from './renew.ts';
import { rest } from './rest.ts';
import { retry } from './retry.ts';
import { rewake } from './rewake.ts';
import { settle } from './settle.ts';
import { settleEvent } from './settle-event.ts';
import { hastenReport, settleReport } from './settle-report.ts';
import { slept } from './slept.ts';
import { suspend } from './suspend.ts';
import { take } from './take.ts';
import { takeEvents } from './take-events.ts';
import { takeReport } from './take-report.ts';
import { takeWatches } from './take-watches.ts';
import { unfinished } from './unfinished.ts';
import { unhold } from './unhold.ts';
import { wait } from './wait.ts';
import { warn } from './warn.ts';
import { watchRecords } from './watch-records.ts';
import { withdraw } from './withdraw.ts';

/** All of them, by the name that callers use. */
export const scripts = {
  accept,
  admit,
  adopt,
  arrive,
  askArrival,
  audit,
  begin,
  bringForward,
  comeBack,
  depart,
  discard,
  droppedEvents,
  dropPolicy,
  endHold,
  expire,
  except,
  failPolicy,
  fence,
  findKept,
  flush,
  flushOne,
  forget,
  forgetArrivals,
  forgetKept,
  hastenReport,
  forgetDestination,
  forgetReceipts,
  hear,
  hold,
  joinDrain,
  keep,
  leaseDrain,
  letGo,
  makeDue,
  mend,
  move,
  note,
  noteMailed,
  page,
  planPolicy,
  putChecked,
  putPolicy,
  recordIntent,
  regain,
  release,
  rememberArrived,
  renew,
  rest,
  retry,
  rewake,
  settle,
  settleEvent,
  settleReport,
  slept,
  suspend,
  take,
  takeDestination,
  takeEvents,
  takePolicies,
  takeReport,
  takeWatches,
  unexcept,
  unfinished,
  unhold,
  usePolicy,
  wait,
  warn,
  watchRecords,
  withdraw,
} as const;
