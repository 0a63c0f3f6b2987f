// A chat with very many messages, and the way into the program for it.
import { randomUUID } from 'node:crypto';

// What answers are made of: prose, a list, a table, code, in turns.
const prose =
  'Die Kündigungsfrist eines Mietverhältnisses über Wohnraum richtet sich nach der **Dauer der Überlassung**. ' +
  'Für den Mieter beträgt sie stets drei Monate, für den Vermieter verlängert sie sich nach fünf und nach acht Jahren. ';
export const pieces = [
  `${prose}\n\n${prose}`,
  `## Übersicht\n\n- erster Punkt mit \`code\`\n- zweiter Punkt, der *etwas* länger ist\n- dritter Punkt\n\n${prose}`,
  `| Dauer | Frist |\n|---|---|\n| bis 5 Jahre | 3 Monate |\n| bis 8 Jahre | 6 Monate |\n| darüber | 9 Monate |\n\n${prose}`,
  '```js\nfunction frist(jahre) {\n  return jahre < 5 ? 3 : jahre < 8 ? 6 : 9;\n}\n```\n\n' + prose,
];

/** longChat is a chat of so many messages in Kontor's own file format. */
export function longChat(messages) {
  const chat = {
    ...{ id: randomUUID(), title: 'Ein langer Chat', titleSource: 'user', model: '', instructions: '' },
    ...{ collections: [], folderId: '', tags: [], pinnedAt: 0, archivedAt: 0 },
    ...{ createdAt: 1_700_000_000_000, updatedAt: 1_700_000_000_000 + messages },
    messages: [],
  };
  let parentId = '';
  for (let i = 0; i < messages; i += 1) {
    const answer = i % 2 === 1;
    const text = answer
      ? `${pieces[(i >> 1) % pieces.length]}\n\nAntwort ${i}.`
      : `Frage ${i}: Wie ist die Frist?`;
    const id = randomUUID();
    chat.messages.push({
      ...{ id, parentId, role: answer ? 'assistant' : 'user', status: 'complete', digest: '', mode: '' },
      ...{ model: answer ? 'scripted:latest' : '', parts: [{ type: 'text', text }] },
      ...{ createdAt: chat.createdAt + i, updatedAt: chat.createdAt + i },
    });
    parentId = id;
  }
  chat.activeLeaf = parentId;
  return chat;
}

/** importChats reads chats as the page would read a file of them. */
export async function importChats(session, chats) {
  const file = { format: 'kontor-chats', version: 1, program: '', exportedAt: 0, folders: [], chats };
  const raw = Buffer.from(JSON.stringify(file));
  let id = '';
  for (let at = 0; at < raw.length; at += 2 << 20) {
    const content = raw.subarray(at, at + (2 << 20)).toString('base64');
    const done = await session.call('transfer.import', { id, content, last: at + (2 << 20) >= raw.length });
    if (done.code) throw new Error(`import: ${JSON.stringify(done)}`);
    id = done.id;
  }
}
