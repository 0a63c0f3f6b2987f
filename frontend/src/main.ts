import { mount } from 'svelte';
import App from './App.svelte';
import { HttpBackend } from './lib/backend/http';
import { WailsBackend, inWindow } from './lib/backend/wails';
import { firstLanguage, loadTranslator } from './lib/i18n';
import { Kontor } from './lib/stores/kontor.svelte';
import { applyRemembered } from './lib/theme.svelte';
import './styles/tokens.css';
import './styles/looks.css';
import './styles/base.css';
import './styles/print.css';
import './styles/code.css';

async function chooseBackend() {
  // The fake exists for `npm run dev` without a server; a product build drops this branch.
  if (import.meta.env.DEV && import.meta.env.MODE === 'fake') {
    const { FakeBackend } = await import('./lib/backend/fake');
    return FakeBackend.fromAddress();
  }
  return inWindow() ? new WailsBackend() : new HttpBackend();
}

async function begin() {
  const storage = window.localStorage;
  const [backend, translator] = await Promise.all([chooseBackend(), loadTranslator(firstLanguage(storage))]);
  const target = document.getElementById('kontor');
  if (target) mount(App, { target, props: { kontor: new Kontor(backend, translator, storage) } });
}

applyRemembered();
void begin();
