import { printable } from '../mail/printable.ts';
import { addressLines, destinationLines } from './destination-text.ts';
import { lengthText, type Clock } from './clock.ts';
import { messageLines } from './message-text.ts';
import type { ExplainView } from './view.ts';

/** A view in words, for a terminal. Text of others is harmless in it. */
export function explainLines(view: ExplainView, clock: Clock): readonly string[] {
  return linesOf(view, clock).map(printable);
}

function linesOf(view: ExplainView, clock: Clock): readonly string[] {
  switch (view.kind) {
    case 'message':
      return messageLines(view, clock);
    case 'address':
      return addressLines(view, clock);
    case 'destination':
      return destinationLines(view, clock);
    case 'unknown':
      return [
        view.keptMs === 0
          ? `${view.name}: no message in the queue has this ID, and past ones are not known (history.keep = "0s")`
          : `${view.name}: nothing is known of it: no message in the queue has this ID, and what left it is known for ${lengthText(view.keptMs)} at most (history.keep, history.size_limit)`,
      ];
  }
}
