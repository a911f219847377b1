// A recorded conversation under several memories: what was sent, what was left out, and what the model answered.
// data: {stories: [{turns: [[user, assistant, tokens]], question, begin, right, kept: {"delay memory": [place]}, answers}], delays, memories, budget}.
(function () {
  "use strict";

  const { html, svg, choice, frame, say } = window.bookNodes; // of interactive.js
  const WIDTH = 440;
  const TEXT = {
    label: "A recorded chat, under the memory of your choice", story: "Fact", delay: "Turns later", memory: "Memory", user: "User", assistant: "Assistant",
    out: "left out", sent: "{memory} sent {n} of {all} turns, {tokens} tokens (the budget is {budget}).", answer: "{begin}{answer}", right: "The value was {right}: it is in the answer.",
    wrong: "The value was {right}: it is not in the answer.", bar: "Tokens of each turn; filled: sent", chat: "The conversation",
  };

  /** What one memory did: the places kept, the tokens, the answer, and whether it holds the value. */
  function compute(story, delay, memory) {
    const kept = story.kept[`${delay} ${memory}`], answer = story.answers[`${delay} ${memory}`];
    const tokens = kept.reduce((sum, i) => sum + story.turns[i][2], 0);
    return { kept, tokens, answer, right: answer.toLowerCase().includes(story.right.toLowerCase()) };
  }

  function draw(element, data) {
    const text = { ...TEXT, ...data.text }, { stories, delays, memories } = data;
    const state = { story: 0, delay: delays.length - 1, memory: 0 };
    const change = (key) => (value) => { state[key] = value; show(); };
    const bar = svg("svg", { viewBox: `0 0 ${WIDTH} 24`, width: WIDTH, role: "img", "aria-label": text.bar });
    const summary = html("p", { "aria-live": "polite" }), verdict = html("p", { "aria-live": "polite" });
    const log = html("div", { class: "chat-log", tabindex: 0, role: "region", "aria-label": text.chat });
    frame(element, text.label, [
      choice(text.story, stories.map((story) => story.turns[0][0]), state.story, change("story")),
      choice(text.delay, delays.map(String), state.delay, change("delay")),
      choice(text.memory, memories, state.memory, change("memory")),
    ], summary, bar, log, verdict);

    const line = (who, words, left) => html("p", { class: left ? "chat-out" : "chat-in" }, html("b", {}, `${who}: `), words, left ? ` (${text.out})` : "");

    function show() {
      const story = stories[state.story], delay = delays[state.delay], memory = memories[state.memory];
      const { kept, tokens, answer, right } = compute(story, delay, memory);
      const turns = story.turns.slice(0, delay + 1), all = turns.reduce((sum, turn) => sum + turn[2], 0);
      summary.textContent = say(text.sent, { memory, n: kept.length, all: turns.length, tokens, budget: data.budget });
      let x = 1;
      bar.replaceChildren(...turns.map(([, , n], i) => {
        const width = ((WIDTH - 2) * n) / all, place = x;
        x += width;
        return svg("rect", { x: place, y: 2, width: width - 2, height: 20, fill: i ? "var(--book-blue)" : "var(--book-orange)",
          "fill-opacity": kept.includes(i) ? 0.8 : 0, stroke: "currentColor" });
      }));
      const said = turns.flatMap(([user, assistant], i) => {
        const left = !kept.includes(i);
        return [line(text.user, user, left), line(text.assistant, assistant, left)];
      });
      log.replaceChildren(...said, line(text.user, story.question), line(text.assistant, say(text.answer, { begin: story.begin, answer })));
      requestAnimationFrame(() => { log.scrollTop = log.scrollHeight; }); // the answer; at first the log is not laid out yet
      verdict.textContent = say(right ? text.right : text.wrong, { right: story.right });
    }
    show();
  }

  window.bookComponents = window.bookComponents || {};
  window.bookComponents["chat"] = draw;
  draw.compute = compute;
})();
