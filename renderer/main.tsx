/** Entry point of the page, in the desktop window and in a browser alike. */
import '../engine/protocol/no_eval.ts';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { start } from './state/start.ts';
import './theme/base.css';

const root = document.querySelector('#root');
if (root === null) throw new Error('The page has no #root element.');
start(window.workbenchHost);
createRoot(root).render(<App />);
