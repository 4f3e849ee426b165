export function Page() {
  return (
    <section title="Files & folders">
      <a href="https://example.com?a=1&b=2&amp;c=3">Save & close</a>
      Drag & drop, R&D; 1 &lt; 2 &unknown; && more
    </section>
  );
}
