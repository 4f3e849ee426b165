/* Content types by extension. */
#include "serve/mime.h"

#include "base/path.h"

#define JAVASCRIPT "text/javascript; charset=utf-8"
#define PLAIN      "text/plain; charset=utf-8"

static const struct {
    const char *ext;
    const char *type;
} TYPES[] = {
    {".aac", "audio/aac"},
    {".apng", "image/apng"},
    {".avif", "image/avif"},
    {".bmp", "image/bmp"},
    {".cjs", JAVASCRIPT},
    {".css", "text/css; charset=utf-8"},
    {".csv", "text/csv; charset=utf-8"},
    {".cts", JAVASCRIPT},
    {".eot", "application/vnd.ms-fontobject"},
    {".flac", "audio/flac"},
    {".gif", "image/gif"},
    {".glb", "model/gltf-binary"},
    {".gltf", "model/gltf+json"},
    {".gz", "application/gzip"},
    {".htm", "text/html; charset=utf-8"},
    {".html", "text/html; charset=utf-8"},
    {".ico", "image/x-icon"},
    {".jpeg", "image/jpeg"},
    {".jpg", "image/jpeg"},
    {".js", JAVASCRIPT},
    {".json", "application/json"},
    {".json5", "application/json5"},
    {".jsonld", "application/ld+json"},
    {".jsx", JAVASCRIPT},
    {".jxl", "image/jxl"},
    {".m4a", "audio/mp4"},
    {".map", "application/json"},
    {".md", "text/markdown; charset=utf-8"},
    {".mjs", JAVASCRIPT},
    {".mov", "video/quicktime"},
    {".mp3", "audio/mpeg"},
    {".mp4", "video/mp4"},
    {".mts", JAVASCRIPT},
    {".oga", "audio/ogg"},
    {".ogg", "audio/ogg"},
    {".ogv", "video/ogg"},
    {".opus", "audio/ogg"},
    {".otf", "font/otf"},
    {".pdf", "application/pdf"},
    {".png", "image/png"},
    {".rtf", "application/rtf"},
    {".svg", "image/svg+xml"},
    {".tif", "image/tiff"},
    {".tiff", "image/tiff"},
    {".ts", JAVASCRIPT},
    {".tsx", JAVASCRIPT},
    {".ttf", "font/ttf"},
    {".txt", PLAIN},
    {".vtt", "text/vtt; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".wav", "audio/wav"},
    {".weba", "audio/webm"},
    {".webm", "video/webm"},
    {".webmanifest", "application/manifest+json"},
    {".webp", "image/webp"},
    {".woff", "font/woff"},
    {".woff2", "font/woff2"},
    {".xhtml", "application/xhtml+xml"},
    {".xml", "text/xml; charset=utf-8"},
    {".yaml", "text/yaml; charset=utf-8"},
    {".yml", "text/yaml; charset=utf-8"},
    {".zip", "application/zip"},
};

static bool same_ext(rwg_str ext, const char *expected) {
    for (uint32_t i = 0; i < ext.len; i++) {
        char c = ext.ptr[i];
        c = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
        if (expected[i] != c) {
            return false;
        }
    }
    return expected[ext.len] == '\0';
}

const char *rwb__mime_type(rwg_str path) {
    rwg_str ext = rwg__path_ext(path);
    for (size_t i = 0; ext.len > 0 && i < sizeof TYPES / sizeof TYPES[0]; i++) {
        if (same_ext(ext, TYPES[i].ext)) {
            return TYPES[i].type;
        }
    }
    return "application/octet-stream";
}

bool rwb__mime_is_text(rwg_str type) {
    type.len = rwg__str_index(type, ';');
    return rwg__str_starts(type, RWG_STR("text/")) || rwg__str_ends(type, RWG_STR("json")) ||
           rwg__str_ends(type, RWG_STR("json5")) || rwg__str_ends(type, RWG_STR("xml")) ||
           rwg__str_ends(type, RWG_STR("javascript")) || rwg__str_ends(type, RWG_STR("/wasm"));
}
