// Looks again until the report is there.
setTimeout(() => location.replace(document.getElementById("again").href), 1500);
