// The list of calls: Swagger UI over our schema, with the page's CSRF token for tries.
const place = document.getElementById("apidocs");

const csrfToken = () =>
  document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="))?.split("=")[1] ?? "";

window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
  syntaxHighlight: false,
  requestInterceptor: (request) => {
    if (!["GET", "HEAD"].includes((request.method ?? "GET").toUpperCase())) {
      request.headers["X-CSRFToken"] = csrfToken();
    }
    return request;
  },
});
