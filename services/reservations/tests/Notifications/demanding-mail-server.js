// A mail server that takes nothing without an account. Tells on standard output, one JSON object a line, on which port it listens and what it was offered;
// a line on standard input is its password from then on, and the end of standard input is its own.
'use strict';

const [, , modules, json] = process.argv;
const { SMTPServer } = require(`${modules}/smtp-server`);
const wish = JSON.parse(json);
let password = wish.password;

const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

const server = new SMTPServer({
  key: wish.key,
  cert: wish.certificate,
  disabledCommands: wish.startTls ? [] : ['STARTTLS'],
  allowInsecureAuth: !wish.startTls,
  disableReverseLookup: true,
  onAuth(auth, session, done) {
    const isRight = auth.username === wish.username && auth.password === password;
    tell({ event: 'login', isEncrypted: session.secure, isRight });
    done(isRight ? null : new Error('Account or password is wrong'), { user: auth.username });
  },
  onMailFrom(address, session, done) {
    tell({ event: 'mail', isEncrypted: session.secure, user: session.user });
    done();
  },
  onData(stream, session, done) {
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', () => {
      tell({ event: 'taken', isEncrypted: session.secure, user: session.user, to: session.envelope.rcptTo[0].address, text: Buffer.concat(chunks).toString() });
      done();
    });
  },
});

// Whoever does not trust our certificate hangs up.
server.on('error', (error) => tell({ event: 'broken', text: error.message }));
server.listen(0, '127.0.0.1', () => tell({ event: 'listening', port: server.server.address().port }));
process.stdin.setEncoding('utf8').on('data', (line) => { password = line.trim(); }).on('end', () => process.exit());
