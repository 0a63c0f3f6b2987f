import type { AnswerEnded } from './api.gen';
import type { Kontor } from './stores/kontor.svelte';

const long = 10_000; // milliseconds from which nobody is expected to wait
const offered = 'kontor.notify_offered';
const setting = 'ui.notify_answers';

/**
 * tellEnded tells somebody who is elsewhere that a long answer has ended: which
 * chat, and nothing of what it says. Once, it offers to do so.
 */
export async function tellEnded(kontor: Kontor, { message, chat }: AnswerEnded): Promise<void> {
  if (document.hasFocus() || (message.facts?.totalMs ?? 0) < long) return;
  if (kontor.preferences.value(setting) !== 'true') {
    offer(kontor);
    return;
  }
  const title = chat.title || kontor.t('chat.untitled');
  const body = kontor.t(message.status === 'complete' ? 'notify.answered' : 'notify.ended');
  if (kontor.backend.shell === 'window') {
    // Where the system shows none there is nothing to tell anybody either.
    await kontor.backend.call('system.notify', { title, body }).catch(() => undefined);
    return;
  }
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  const shown = new Notification(title, { body, tag: chat.id });
  shown.onclick = () => {
    window.focus();
    kontor.openChat(chat.id);
    shown.close();
  };
}

/** allowNotifications asks the browser, which asks the person; the window needs no permission. */
export async function allowNotifications(kontor: Kontor): Promise<boolean> {
  if (kontor.backend.shell === 'window') return true;
  if ('Notification' in window && (await Notification.requestPermission()) === 'granted') return true;
  kontor.report({ code: 'notifications_refused' });
  return false;
}

// Who comes back to a long answer learns that there is another way than looking.
function offer(kontor: Kontor): void {
  const locked = kontor.preferences.settings.find((one) => one.key === setting)?.locked ?? true;
  if (locked || window.localStorage.getItem(offered) !== null) return;
  window.localStorage.setItem(offered, 'yes');
  kontor.layout.toast({
    text: kontor.t('notify.offer'),
    tone: 'info',
    action: {
      label: kontor.t('notify.turn_on'),
      run: () =>
        void kontor.attempt(async () => {
          if (await allowNotifications(kontor)) await kontor.preferences.set(setting, 'true');
        }),
    },
  });
}
