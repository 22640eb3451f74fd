import type { Line } from './lines.ts';

/** Encodes the body of one part, line by line (RFC 2045 §6). */
export interface TransferEncoder {
  line(line: Line): string;
  /** What is still owed when the part is over; `lineBreak` is true if the last line break is not the delimiter's. */
  end(lineBreak: boolean): string;
}

/** RFC 2045 §6.7 rule 5, §6.8. */
const longestLine = 76;
const space = 0x20;
const tab = 0x09;
const equals = 0x3d;

export function quotedPrintable(): TransferEncoder {
  let column = 0;
  return {
    line({ octets, ends }) {
      let text = '';
      for (const [at, octet] of octets.entries()) {
        const piece = encoded(octet, at === octets.length - 1);
        // Room is kept for the `=` of a soft line break.
        if (column + piece.length >= longestLine) {
          text += '=\r\n';
          column = 0;
        }
        text += piece;
        column += piece.length;
      }
      if (!ends) return text;
      column = 0;
      return `${text}\r\n`;
    },
    end: () => '',
  };
}

/** RFC 2045 §6.7 rule 3: no blank at the end of a line. */
function encoded(octet: number, isLast: boolean): string {
  const isBlank = octet === space || octet === tab;
  if ((octet > space && octet < 0x7f && octet !== equals) || (isBlank && !isLast))
    return String.fromCharCode(octet);
  return `=${octet.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Octets that fill a line. */
const lineOctets = (longestLine / 4) * 3;
const lineBreakOctets = Buffer.from('\r\n');

export function base64(): TransferEncoder {
  let waiting = Buffer.alloc(0);
  /** The line break before a delimiter belongs to the delimiter (RFC 2046 §5.1.1). */
  let endsLine = false;

  function take(octets: Buffer): string {
    waiting = Buffer.concat(endsLine ? [waiting, lineBreakOctets, octets] : [waiting, octets]);
    const whole = waiting.length - (waiting.length % lineOctets);
    let text = '';
    for (let at = 0; at < whole; at += lineOctets) {
      text += `${waiting.toString('base64', at, at + lineOctets)}\r\n`;
    }
    waiting = waiting.subarray(whole);
    return text;
  }
  return {
    line({ octets, ends }) {
      const text = take(octets);
      endsLine = ends;
      return text;
    },
    end(lineBreak) {
      const text = lineBreak ? take(Buffer.alloc(0)) : '';
      return waiting.length === 0 ? text : `${text}${waiting.toString('base64')}\r\n`;
    },
  };
}
