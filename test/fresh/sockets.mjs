// The service behind sockets of systemd, as root in the clone. Needs nothing but Node. A step that does not do what is said of
// it ends the run with 1.
import { socketActivated } from './service/socket.mjs';

await socketActivated();
console.log('the service was played behind sockets of systemd');
