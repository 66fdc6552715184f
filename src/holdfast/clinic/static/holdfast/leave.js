// Nobody is signed in: pages that this tablet kept for whoever was are thrown away. What waits to be sent stays.
(async () => {
  if (!("caches" in self)) return;
  for (const name of await caches.keys()) if (name.startsWith("holdfast-session ")) await caches.delete(name);
})();
