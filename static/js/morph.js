// Makes `old` equal to `fresh` by touching only what differs, so that selection, focus and open
// menus in what stays the same survive. Growing text is appended to the node it grows in.
export const morph = (old, fresh) => {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType === Node.TEXT_NODE && fresh.nodeType === Node.TEXT_NODE) {
    if (fresh.data.startsWith(old.data)) old.appendData(fresh.data.slice(old.data.length));
    else old.data = fresh.data;
    return;
  }
  if (old.nodeName !== fresh.nodeName || old.nodeName === "math") {
    old.replaceWith(fresh);
    return;
  }
  copyAttributes(old, fresh);
  morphChildren(old, [...fresh.childNodes]);
};

const morphChildren = (old, fresh) => {
  fresh.forEach((node, index) => {
    const there = old.childNodes[index];
    if (there) morph(there, node);
    else old.append(node);
  });
  while (old.childNodes.length > fresh.length) old.lastChild.remove();
};

const copyAttributes = (old, fresh) => {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
};
