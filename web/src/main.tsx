/** Where the page begins. */
import { render } from 'preact';
import { followLinks } from './address.ts';
import { App } from './app.tsx';
import { keepTime } from './parts/time.tsx';
import 'uplot/dist/uPlot.min.css';
import './style.css';

followLinks();
keepTime();
render(<App />, document.querySelector('#page')!);
