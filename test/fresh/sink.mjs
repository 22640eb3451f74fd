// A mail host that takes everything and prints it: `node sink.mjs PORT`, on loopback. Needs nothing but Node.
import { createServer } from 'node:net';

createServer((socket) => {
  let text = '';
  let isContent = false;
  const say = (line) => socket.write(`${line}\r\n`);
  say('220 sink ESMTP');
  socket.setEncoding('utf8').on('data', (part) => {
    text += part;
    for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
      const line = text.slice(0, end);
      text = text.slice(end + 2);
      console.log(line);
      if (isContent && line !== '.') continue;
      isContent = /^DATA$/i.test(line);
      say(isContent ? '354 go on' : /^QUIT$/i.test(line) ? '221 bye' : '250 ok');
    }
  });
  socket.on('error', () => {});
}).listen(Number(process.argv[2]), '127.0.0.1');
