// What every part of the session page stands on: its frame, what the server told it, short names.
export const room = document.getElementById("room");
export const say = room.dataset;
export const here = say.here;
export const { words, requests, may_work } = JSON.parse(document.getElementById("frame").textContent);
export const byId = (id) => document.getElementById(id);
export const all = (what, within = document) => [...within.querySelectorAll(what)];
export const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
