// Tooltips and zoom. Without it the page shows all the same. What a tooltip says is read from the
// picture: the paths' points, along the axes' ends.
(() => {
  'use strict';
  const SPAN = 10000;
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.setAttribute('role', 'status');
  tip.hidden = true;
  document.body.append(tip);

  function show(text, clientX, clientY) {
    tip.textContent = text;
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const left = clientX + 14 + box.width > innerWidth ? clientX - 14 - box.width : clientX + 14;
    tip.style.left = Math.max(4, left) + 'px';
    tip.style.top = Math.max(4, Math.min(clientY + 14, innerHeight - box.height - 4)) + 'px';
  }

  function number(value, range) {
    const decimals = range > 0 ? 4 - Math.ceil(Math.log10(range)) : 4;
    return value.toFixed(Math.max(0, Math.min(12, decimals)));
  }

  function time(seconds, range) {
    const date = new Date(Math.round(seconds * 1000));
    if (isNaN(date)) {
      return String(seconds);
    }
    const iso = date.toISOString();
    const day = iso.slice(0, iso.indexOf('T'));
    return range > 400 * 86400 && iso.includes('T00:00:00')
      ? day
      : day + ' ' + iso.slice(iso.indexOf('T') + 1, iso.indexOf('T') + (range < 600 ? 9 : 6));
  }

  for (const plot of document.querySelectorAll('.plot')) {
    wire(plot);
  }

  function wire(plot) {
    const area = plot.querySelector('.area');
    const svg = plot.querySelector('svg');
    const data = plot.dataset;
    const [x0, x1, y0, y1] = [+data.x0, +data.x1, +data.y0, +data.y1];
    const names = data.kind === 'names';
    const lines = [...svg.querySelectorAll('.line[data-n]')];
    const dots = [...svg.querySelectorAll('.dot[data-dots]')];
    const heat = svg.querySelector('.heat');
    const own = [...svg.querySelectorAll(':scope > * > title')];
    const marks = own.map((title) => {
      title.parentNode.dataset.t = title.textContent;
      const mark = title.parentNode;
      title.remove(); // else the browser shows it too
      return mark;
    });
    let from = 0;
    let width = SPAN;
    let points = null;
    let cells = null;
    let at = -1;
    let on = null;
    const cursor = document.createElement('div');
    cursor.className = 'cursor';
    cursor.hidden = true;
    area.append(cursor);
    if (marks.length + lines.length + dots.length > 0 || heat) {
      area.tabIndex = 0;
      area.setAttribute('role', 'group');
      area.setAttribute('aria-labelledby', svg.getAttribute('aria-labelledby').split(' ')[0]);
      area.setAttribute('aria-description', names || heat
        ? 'Arrow keys read the values.'
        : 'Arrow keys read the values; plus, minus and 0 zoom.');
    }

    const xValue = (v) => x0 + (v / SPAN) * (x1 - x0);
    const yValue = (v) => y1 - (v / SPAN) * (y1 - y0);
    const step = +data.step; // the picture has some thousand places, the data may have more
    const onStep = (x) => (step > 0 ? +data.first + Math.round((x - data.first) / step) * step : x);
    const xText = (x) => {
      const range = ((x1 - x0) * width) / SPAN;
      if (data.kind === 'time') {
        return time(x, range);
      }
      if (powers) {
        return number(2 ** x, 2 ** x);
      }
      return data.whole ? String(Math.round(x)) : number(x, range);
    };
    const powers = data.kind === 'powers';
    const yText = (y) => (powers ? number(2 ** y, 2 ** y) : number(y, y1 - y0));
    const xLabel = (x) => (data.xname ? data.xname + ': ' : '') + xText(x);

    function parsed() {
      points ??= [...lines, ...dots].map((path) => {
        const all = [];
        for (const m of path.getAttribute('d').matchAll(/[ML](-?\d+) (-?\d+)/g)) {
          all.push([+m[1], +m[2]]);
        }
        return { name: path.dataset.n ?? '', all };
      });
      return points;
    }

    function nearest(all, x) { // by x, in a path that goes from left to right
      let low = 0;
      let high = all.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (all[middle][0] < x) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low > 0 && x - all[low - 1][0] < all[low][0] - x ? low - 1 : low;
    }

    function place(x, y) {
      const box = area.getBoundingClientRect();
      return [box.left + ((x - from) / width) * box.width, box.top + (y / SPAN) * box.height];
    }

    function cursorAt(x) {
      cursor.hidden = x < from || x > from + width;
      cursor.style.left = (100 * (x - from)) / width + '%';
    }

    function tellLines(x, clientY) {
      const series = parsed().filter((s) => s.all.length);
      if (!series.length) {
        return;
      }
      let best = null;
      for (const s of series) {
        const p = s.all[nearest(s.all, x)];
        if (best === null || Math.abs(p[0] - x) < Math.abs(best - x)) {
          best = p[0];
        }
      }
      const rows = [xLabel(onStep(xValue(best)))];
      for (const s of series) {
        const p = s.all[nearest(s.all, best)];
        if (Math.abs(p[0] - best) <= Math.max(1, SPAN / 2000)) {
          rows.push(s.name + ': ' + yText(yValue(p[1])));
        }
      }
      cursorAt(best);
      const [left, top] = place(best, SPAN / 3);
      show(rows.join('\n'), left, clientY ?? top);
    }

    function tellDots(clientX, clientY) {
      let best = null;
      let least = 24 * 24;
      const box = area.getBoundingClientRect();
      const px = clientX - box.left;
      const py = clientY - box.top;
      for (const s of parsed()) {
        for (const p of s.all) {
          const dx = ((p[0] - from) / width) * box.width - px;
          const dy = (p[1] / SPAN) * box.height - py;
          if (dx * dx + dy * dy < least) {
            least = dx * dx + dy * dy;
            best = p;
          }
        }
      }
      if (best) {
        tellDot(best);
      } else {
        tip.hidden = true;
      }
    }

    function tellDot(p) {
      const [left, top] = place(p[0], p[1]);
      show(xLabel(xValue(p[0])) + '\n' + data.yname + ': ' + number(yValue(p[1]), y1 - y0),
        left, top);
    }

    function tellCell(column, row) {
      cells ??= Uint8Array.from(atob(heat.dataset.cells), (c) => c.charCodeAt(0));
      const columns = +heat.dataset.columns;
      const rows = +heat.dataset.rows;
      const c = Math.max(0, Math.min(columns - 1, column));
      const r = Math.max(0, Math.min(rows - 1, row));
      at = r * columns + c;
      const code = (cells[2 * at] | (cells[2 * at + 1] << 8)) << 16 >> 16;
      const most = +heat.dataset.most;
      const rowNames = JSON.parse(heat.dataset.names);
      const x = Math.round(x0 + 0.5 + c);
      const [left, top] = place(((c + 0.5) / columns) * SPAN, ((r + 0.5) / rows) * SPAN);
      show((data.xname || 'column') + ' ' + x + ', ' + rowNames[r] + '\n'
        + (code === -32768 ? 'none' : number((code / 32767) * most, most)), left, top);
    }

    function tellMark(mark, clientX, clientY) {
      on?.classList.remove('on');
      on = mark;
      mark.classList.add('on');
      const box = mark.getBoundingClientRect();
      show(mark.dataset.t, clientX ?? box.left + box.width / 2, clientY ?? box.top);
    }

    function hide() {
      tip.hidden = true;
      cursor.hidden = true;
      on?.classList.remove('on');
    }

    function tell(e) {
      const box = area.getBoundingClientRect();
      const x = from + ((e.clientX - box.left) / box.width) * width;
      const mark = e.target.closest('[data-t]');
      if (heat) {
        tellCell(Math.floor((x / SPAN) * heat.dataset.columns),
          Math.floor(((e.clientY - box.top) / box.height) * heat.dataset.rows));
      } else if (mark) {
        tellMark(mark, e.clientX, e.clientY);
      } else if (lines.length) {
        tellLines(x, e.clientY);
      } else if (dots.length) {
        tellDots(e.clientX, e.clientY);
      } else {
        hide();
      }
    }

    // ---- zoom along x

    const xs = [...plot.querySelectorAll('.x, .note')];
    const home = xs.map((label) => parseFloat(label.style.left));
    let fresh = [];
    function zoom(a, b) {
      width = Math.max(SPAN / 2000, Math.min(SPAN, b - a));
      from = Math.max(0, Math.min(SPAN - width, a));
      svg.setAttribute('viewBox', `${from} 0 ${width} ${SPAN}`);
      const whole = width === SPAN;
      fresh.forEach((label) => label.remove());
      fresh = [];
      xs.forEach((label, i) => {
        const left = (100 * (home[i] * (SPAN / 100) - from)) / width;
        label.style.left = left + '%';
        label.hidden = label.classList.contains('x') ? !whole : left < 0 || left > 100;
      });
      for (let i = 0; !whole && i <= 2; i++) {
        const label = document.createElement('span');
        label.className = 'x' + (i === 0 ? ' first' : i === 2 ? ' last' : '');
        label.textContent = xText(xValue(from + (width * i) / 2));
        label.style.left = 50 * i + '%';
        area.append(label);
        fresh.push(label);
      }
      hide();
    }
    const zoomBy = (factor) => {
      const middle = from + width / 2;
      zoom(middle - (width * factor) / 2, middle + (width * factor) / 2);
    };
    const zooms = !names && !heat && (lines.length || dots.length || marks.length);
    if (zooms) {
      const bar = document.createElement('span');
      bar.className = 'zoom';
      for (const [sign, what, act] of [['+', 'zoom in', () => zoomBy(0.5)],
        ['−', 'zoom out', () => zoomBy(2)], ['⟲', 'show all', () => zoom(0, SPAN)]]) {
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = sign;
        button.title = what;
        button.setAttribute('aria-label', what);
        button.addEventListener('click', act);
        bar.append(button);
      }
      plot.querySelector('.head').append(bar);
    }

    let begin = null;
    const drag = document.createElement('div');
    drag.className = 'drag';
    drag.hidden = true;
    area.append(drag);
    area.addEventListener('pointerdown', (e) => {
      if (zooms && e.button === 0) {
        begin = e.clientX;
        area.setPointerCapture(e.pointerId);
      }
      tell(e);
    });
    area.addEventListener('pointermove', (e) => {
      if (begin !== null && Math.abs(e.clientX - begin) > 8) {
        const box = area.getBoundingClientRect();
        drag.hidden = false;
        drag.style.left = Math.min(begin, e.clientX) - box.left + 'px';
        drag.style.width = Math.abs(e.clientX - begin) + 'px';
        hide();
      } else {
        tell(e);
      }
    });
    area.addEventListener('pointerup', (e) => {
      if (begin !== null && Math.abs(e.clientX - begin) > 8) {
        const box = area.getBoundingClientRect();
        const a = from + ((Math.min(begin, e.clientX) - box.left) / box.width) * width;
        const b = from + ((Math.max(begin, e.clientX) - box.left) / box.width) * width;
        zoom(a, b);
      }
      begin = null;
      drag.hidden = true;
    });
    area.addEventListener('pointercancel', () => {
      begin = null;
      drag.hidden = true;
    });
    area.addEventListener('pointerleave', hide);
    area.addEventListener('blur', hide);
    area.addEventListener('dblclick', () => zooms && zoom(0, SPAN));

    area.addEventListener('keydown', (e) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
      const down = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (heat && (step || down)) {
        const columns = +heat.dataset.columns;
        const c = at < 0 ? 0 : (at % columns) + (step ?? 0);
        tellCell(c, at < 0 ? 0 : Math.floor(at / columns) + (down ?? 0));
      } else if (step && marks.length) {
        at = (at + step + marks.length) % marks.length;
        tellMark(marks[at]);
      } else if (step && lines.length) {
        const all = parsed().find((s) => s.all.length)?.all;
        if (all) {
          const first = nearest(all, from);
          const last = nearest(all, from + width);
          at = Math.max(first, Math.min(last, at < 0 ? first : at + step));
          tellLines(all[at][0]);
        }
      } else if (step && dots.length) {
        const all = parsed().flatMap((s) => s.all).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        at = Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step));
        tellDot(all[at]);
      } else if (zooms && (e.key === '+' || e.key === '-' || e.key === '0')) {
        e.key === '0' ? zoom(0, SPAN) : zoomBy(e.key === '+' ? 0.5 : 2);
      } else if (e.key === 'Escape') {
        hide();
      } else {
        return;
      }
      e.preventDefault();
    });
  }
})();
