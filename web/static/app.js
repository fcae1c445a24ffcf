// What the page can't do with forms alone: uploads with progress, live numbers, the
// chart. Everything else works without this file. Text from files and from the
// server only ever goes into textContent.
"use strict";
(() => {
  const root = document.documentElement;
  const t = (zh, en) => root.lang.startsWith("zh") ? zh : en;
  const $ = (selector, from = document) => from.querySelector(selector);
  const number = new Intl.NumberFormat("en-US");
  const main = $("main");
  root.classList.add("js");

  function put(id, text) {
    const node = document.getElementById(id);
    if (node && node.textContent !== text) node.textContent = text;
  }

  function note(id, text) {
    put(id, text);
    document.getElementById(id).hidden = !text;
  }

  // A second click must not send a form twice. The buttons are disabled after the
  // form's data was collected, or the value of the pressed one would be missing.
  document.addEventListener("submit", (event) => {
    const buttons = event.target.querySelectorAll("button:enabled");
    setTimeout(() => buttons.forEach((button) => { button.disabled = true; }));
    addEventListener("pageshow", () => buttons.forEach((button) => { button.disabled = false; }), { once: true });
  });

  // Upload: one request a file, one after the other.

  function uploads(form) {
    const input = $("input[type=file]", form), list = $("#uploads");
    const queue = [], done = [];
    let busy = false, failed = false;

    function add(files) {
      for (const file of files) {
        const [item, name, bar, words, cancel] = ["li", "b", "progress", "small", "button"].map((tag) => document.createElement(tag));
        name.textContent = file.name;
        Object.assign(bar, { max: 1, value: 0 });
        bar.setAttribute("aria-label", file.name);
        words.textContent = t("等待上传", "Waiting");
        Object.assign(cancel, { type: "button", className: "btn small", textContent: t("取消", "Cancel") });
        cancel.setAttribute("aria-label", `${cancel.textContent} ${file.name}`);
        item.append(name, cancel, bar, words);
        list.append(item);
        const job = { file, item, bar, words, cancel, request: null };
        cancel.onclick = () => {
          if (job.request) return job.request.abort();
          queue.splice(queue.indexOf(job), 1);
          item.remove();
        };
        queue.push(job);
      }
      next();
    }

    function next() {
      if (busy) return;
      const job = queue.shift();
      if (job) send(job);
      // A single file leads to its own page, several to the list. A failure stays to be read.
      else if (done.length && !failed) location.assign(done.length === 1 ? done[0] : "/");
    }

    function ended() {
      busy = false;
      next();
    }

    function send(job) {
      const request = job.request = new XMLHttpRequest(), data = new FormData();
      const csrf = form.elements.csrf.value;
      data.append("csrf", csrf);
      data.append("file", job.file);
      busy = true;
      request.open("POST", form.action);
      request.setRequestHeader("X-CSRF", csrf);
      request.setRequestHeader("Accept", "application/json");
      request.upload.onprogress = (event) => {
        if (!event.lengthComputable) return;
        job.bar.value = event.loaded / event.total;
        job.words.textContent = event.loaded < event.total
          ? t(`正在上传 ${Math.floor(100 * job.bar.value)}%`, `Uploading, ${Math.floor(100 * job.bar.value)}%`)
          : t("已传完，正在保存", "Sent, being saved");
      };
      request.onload = () => {
        let answer = {};
        try { answer = JSON.parse(request.responseText); } catch { /* told below */ }
        if (request.status < 300 && /^\/batches\//.test(answer.location)) finish(job, answer.location);
        else fail(job, answer.error || t("上传没有成功，请再试一次。", "The upload did not work. Please try again."));
      };
      request.onerror = () => fail(job, t("上传中断了：文件可能太大，或者程序已经关闭。", "The upload broke off: the file may be too large, or the program was closed."));
      request.onabort = () => { job.item.remove(); ended(); };
      request.send(data);
    }

    function finish(job, where) {
      const link = Object.assign(document.createElement("a"), { href: where, className: "btn small", textContent: t("打开", "Open") });
      job.cancel.replaceWith(link);
      job.words.textContent = t("已上传", "Uploaded");
      job.bar.value = 1;
      done.push(where);
      ended();
    }

    function fail(job, text) {
      job.item.className = "failed";
      job.item.setAttribute("role", "alert");
      job.words.textContent = text;
      job.bar.remove();
      job.cancel.textContent = t("知道了", "Dismiss");
      job.cancel.onclick = () => job.item.remove();
      failed = true;
      ended();
    }

    input.onchange = () => { add(input.files); input.value = ""; };
    addEventListener("beforeunload", (event) => { if (busy) event.preventDefault(); });
    return { add, idle: () => !busy && !list.childElementCount };
  }

  const form = $("#upload");
  const upload = form && uploads(form);

  // A file that misses the box must not replace the page, on any screen.
  const holdsFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  let leaving;
  addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = upload ? "copy" : "none";
    root.classList.toggle("dragging", Boolean(upload));
    // The event repeats while a file is over the page; leaving has no event that can be relied on.
    clearTimeout(leaving);
    leaving = setTimeout(() => root.classList.remove("dragging"), 700);
  });
  addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    root.classList.remove("dragging");
    if (upload) upload.add(event.dataTransfer.files);
  });

  // The list on the first page follows what moves, unless somebody is busy there.
  if ($("#batches .moving")) {
    setInterval(async () => {
      const old = $("#batches");
      if (document.hidden || !upload.idle() || old.contains(document.activeElement)) return;
      try {
        const page = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
        const fresh = $("#batches", page);
        if (fresh) old.replaceWith(fresh);
      } catch { /* the next turn tries again */ }
    }, 5000);
  }

  // Columns and start. A column that was changed but not checked must not be paid for.

  const columns = $("#columns"), start = $("#start"), go = $("#go");
  const money = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const yuan = (text) => Number(String(text).replace(/[^0-9.]/g, "")) || 0; // of what the server wrote
  // What somebody wrote, by the server's own rule: a comma that separates no thousands may be meant as a point.
  const amountOf = (text) => {
    const plain = text.trim().replace(/^[¥￥]/, "").replace(/元$/, "").trim();
    return /^([0-9]+|[0-9]{1,3}([,，][0-9]{3})+)([.][0-9]+)?$/.test(plain) ? Number(plain.replace(/[,，]/g, "")) : NaN;
  };
  const upTo = (amount) => (Math.ceil(amount * 100 - 1e-6) / 100).toFixed(2); // a price may have four decimals

  if (columns) {
    const button = $("button", columns), selects = [...columns.querySelectorAll("select")];
    const row = columns.elements.header;
    const changed = () => row.value !== row.defaultValue || selects.some((select) => select.value && !select.selectedOptions[0].defaultSelected);
    const look = () => {
      const values = selects.map((select) => select.value).filter(Boolean);
      const twice = new Set(values).size < values.length;
      selects[0].setCustomValidity(twice ? t("三项要用不同的列。", "Each of the three needs a column of its own.") : "");
      button.disabled = !changed();
      if (go) {
        go.disabled = changed();
        $("#stale").hidden = !changed();
      }
    };
    columns.oninput = columns.onchange = look;
    look();
  }

  if (start) {
    const { budget, resend } = start.elements;
    const cost = yuan(start.dataset.cost), more = yuan(start.dataset.more);
    let own = !(Math.abs(amountOf(budget.value) - cost) <= 1e-6); // the budget was typed, so the tick leaves it alone
    const look = () => {
      const needed = cost + (resend && resend.checked ? more : 0);
      if (!own) budget.value = upTo(needed);
      const amount = amountOf(budget.value);
      budget.setCustomValidity(amount >= 0 ? "" : t("请写成 12.80 或 1,280 这样的金额。", "An amount such as 12.80 or 1,280, please."));
      go.textContent = !(amount >= 0)
        ? t("开始核验", "Start")
        : needed > 0
        ? t("开始核验，最多 ¥", "Start, for at most ¥") + money.format(upTo(Math.min(amount, needed)))
        : t("开始，不用付费", "Start, nothing to pay");
      put("budget-short", amount + 0.001 < needed
        ? t("不够核验全部的人：用完预算就会停下，其余的留着以后继续。", "Not enough for everybody: it stops when the budget is used up, and the rest can be done later.") : "");
    };
    budget.oninput = () => { own = true; look(); };
    if (resend) resend.onchange = look;
    look();
  }

  // Live numbers.

  function span(seconds) {
    if (!(seconds >= 0)) return t("还不清楚", "not known yet");
    if (seconds < 60) return t("不到 1 分钟", "less than a minute");
    const minutes = Math.round(seconds / 60), hours = Math.floor(minutes / 60);
    if (hours < 1) return t(`约 ${minutes} 分钟`, `about ${minutes} min`);
    if (hours < 48) return t(`约 ${hours} 小时 ${minutes % 60} 分钟`, `about ${hours} h ${minutes % 60} min`);
    return t(`约 ${Math.round(hours / 24)} 天`, `about ${Math.round(hours / 24)} days`);
  }

  // The tab's sign is a ring that fills.
  function favicon(value) {
    const canvas = document.createElement("canvas"), style = getComputedStyle(root);
    canvas.width = canvas.height = 64;
    const pen = canvas.getContext("2d");
    pen.lineWidth = 12;
    for (const [colour, share] of [["--edge", 1], ["--accent", value / 100]]) {
      pen.strokeStyle = style.getPropertyValue(colour);
      pen.beginPath();
      pen.arc(32, 32, 25, -Math.PI / 2, (2 * share - 0.5) * Math.PI);
      pen.stroke();
    }
    Object.assign($("#icon"), { type: "image/png", href: canvas.toDataURL() });
  }

  // The pace as a line of bounded length: when there are too many points,
  // neighbours are merged, and new ones come half as often.
  function pace(box) {
    const most = 600, high = 208, left = 44, right = 8, top = 10, bottom = 26;
    let points = [], step = 1;
    const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", second: "2-digit" });

    function shape(svg, name, attributes, text) {
      const node = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const key in attributes) node.setAttribute(key, attributes[key]);
      if (text) node.textContent = text;
      if (svg) svg.append(node);
      return node;
    }

    function thin() {
      while (points.length > most) {
        points = points.flatMap((point, i) => i % 2 ? [{ t: point.t, r: (points[i - 1].r + point.r) / 2 }] : []);
        step *= 2;
      }
    }

    function draw() {
      $("#pace").hidden = points.length < 2;
      const wide = box.clientWidth;
      if (points.length < 2 || !wide) return;
      const from = points[0].t, to = points[points.length - 1].t;
      let peak = 0.1;
      for (const point of points) peak = Math.max(peak, point.r);
      const unit = 10 ** Math.floor(Math.log10(peak));
      const limit = [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].map((factor) => factor * unit).find((value) => value >= peak * 0.999);
      const x = (at) => left + (wide - left - right) * (at - from) / Math.max(1, to - from);
      const y = (rate) => high - bottom - (high - top - bottom) * rate / limit;
      const svg = shape(null, "svg", {
        viewBox: `0 0 ${wide} ${high}`, role: "img",
        "aria-label": t(`速度曲线，最高每秒 ${peak.toFixed(1)} 次`, `Pace over time, at most ${peak.toFixed(1)} calls a second`),
      });
      for (const value of [0, limit / 2, limit]) {
        shape(svg, "line", { class: "grid", x1: left, x2: wide - right, y1: y(value), y2: y(value) });
        shape(svg, "text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, String(+value.toPrecision(3)));
      }
      shape(svg, "text", { x: left, y: high - 6 }, clock.format(from * 1000));
      shape(svg, "text", { x: wide - right, y: high - 6, "text-anchor": "end" }, clock.format(to * 1000));
      // A pause leaves a gap, not a slope.
      let run = [];
      const flush = () => {
        if (run.length > 1) {
          const line = run.map((point) => `${x(point.t).toFixed(1)} ${y(point.r).toFixed(1)}`).join("L");
          shape(svg, "path", { class: "area", d: `M${x(run[0].t).toFixed(1)} ${y(0)}L${line}L${x(run[run.length - 1].t).toFixed(1)} ${y(0)}Z` });
          shape(svg, "path", { class: "curve", d: `M${line}` });
        }
        run = [];
      };
      const usual = Math.max(30, 8 * step);
      for (const point of points) {
        if (run.length && point.t - run[run.length - 1].t > usual) flush();
        run.push(point);
      }
      flush();
      box.replaceChildren(svg);
    }

    new ResizeObserver(draw).observe(box);
    return {
      reset(list) {
        points = list.slice();
        step = points.length > 1 ? Math.max(1, (points[points.length - 1].t - points[0].t) / points.length) : 1;
        thin();
        draw();
      },
      add(at, rate) {
        if (points.length && at - points[points.length - 1].t < step) return;
        points.push({ t: at, r: rate });
        thin();
        if (!document.hidden) draw();
      },
    };
  }

  const chart = $("#chart") && pace($("#chart"));
  let shown = -1, tenth = -1;

  function show(live) {
    const value = live.total > 0 ? Math.min(100, Math.floor(100 * live.rows / live.total)) : 0;
    put("read", live.rows > 0 ? t(`已读 ${number.format(live.rows)} 行`, `${number.format(live.rows)} rows read`) : "");
    if (!("watch" in main.dataset)) return;
    put("percent", `${value}%`);
    for (const key of ["rows", "total", "calls", "toAsk", "flying"]) put(key, number.format(live[key] || 0));
    put("cost", live.cost);
    put("rate", (live.rate || 0).toFixed(1));
    put("left", span(live.left));
    for (const node of main.querySelectorAll("[id^=s-]")) put(node.id, number.format((live.status || {})[node.id.slice(2)] || 0));
    $("#bar").max = Math.max(1, live.total);
    $("#bar").value = live.rows;
    if (value !== shown) {
      document.title = `${value}% · ${main.dataset.name}`;
      favicon(value);
      shown = value;
    }
    // Each tenth is read out, not each number.
    const reached = Math.floor(value / 10);
    if (tenth >= 0 && reached > tenth) put("milestone", t(`已完成 ${10 * reached}%`, `${10 * reached}% done`));
    tenth = reached;
    $("#full").hidden = !live.full;
    put("waiting-why", live.waiting || "");
    $("#waiting").hidden = !live.waiting;
    const moving = ["running", "pausing"].includes(main.dataset.state);
    if (live.chart) chart.reset(live.chart);
    else if (moving) chart.add(Date.now() / 1000, live.rate || 0);
  }

  // Another state has other buttons, so the page is loaded anew: once for a state,
  // and slowly should the server still show the old one.
  function reload(state) {
    const key = `reloaded ${location.pathname}`;
    let last = {};
    try { last = JSON.parse(sessionStorage.getItem(key)) || {}; } catch { /* not kept */ }
    const again = last.state === state && Date.now() - last.at < 15000;
    setTimeout(() => {
      try { sessionStorage.setItem(key, JSON.stringify({ state, at: Date.now() })); } catch { /* not kept */ }
      location.reload();
    }, again ? 5000 : 0);
  }

  let silence;
  function listen(where) {
    const events = new EventSource(where);
    events.onmessage = (event) => {
      clearTimeout(silence);
      silence = 0;
      note("lost", "");
      const live = JSON.parse(event.data);
      show(live);
      if (live.state !== main.dataset.state) {
        events.close();
        reload(live.state);
      }
    };
    events.onerror = () => {
      // A short break is nobody's business.
      silence = silence || setTimeout(() => note("lost", t(
        "和程序的连接断了，正在重连。程序如果已经关闭，请重新启动它，再打开它给出的地址；已有的结果不会丢失。",
        "The connection to the program was lost and is being tried again. If the program was closed, start it again and open the address it prints; no result is lost.")), 5000);
      // The browser tries again by itself, except after an error answer.
      if (events.readyState === EventSource.CLOSED) setTimeout(() => listen(where), 5000);
    };
  }

  if ($("#left")) put("left", span(Number($("#left").dataset.seconds)));
  if (main && main.dataset.live) listen(main.dataset.live);
})();
