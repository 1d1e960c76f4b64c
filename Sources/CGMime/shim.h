#include <gmime/gmime.h>

/* GMime's casts and type checks are macros, which Swift cannot import. Every function here wraps one or a few of its calls. */

static inline void mail_ignore_log(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {
  (void)domain, (void)level, (void)message, (void)data;
}

/* Initialises GMime. GLib's messages about malformed input are suppressed. */
static inline void mail_begin(void) {
  g_log_set_default_handler(mail_ignore_log, NULL);
  g_mime_init();
}

/* Parses one message. The stream must outlive the message, because content is read from it on demand. */
static inline GMimeMessage *mail_parse(GMimeStream *stream) {
  GMimeParser *parser = g_mime_parser_new_with_stream(stream);
  g_mime_parser_set_persist_stream(parser, TRUE);
  GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
  g_object_unref(parser);
  return message;
}

static inline void mail_release(void *object) { g_object_unref(object); }

/* A stream over a part of an open file, which it does not close. */
static inline GMimeStream *mail_file_stream(int descriptor, long long start, long long end) {
  GMimeStream *stream = g_mime_stream_fs_new_with_bounds(descriptor, start, end);
  g_mime_stream_fs_set_owner(GMIME_STREAM_FS(stream), FALSE);
  return stream;
}

static inline GMimeStream *mail_memory_stream(const void *bytes, size_t count) {
  return g_mime_stream_mem_new_with_buffer((const char *)bytes, count);
}

typedef enum { MAIL_LEAF, MAIL_MULTIPART, MAIL_MESSAGE, MAIL_NOTHING } mail_kind;

static inline mail_kind mail_kind_of(GMimeObject *object) {
  if (object == NULL) return MAIL_NOTHING;
  if (GMIME_IS_MULTIPART(object)) return MAIL_MULTIPART;
  if (GMIME_IS_MESSAGE_PART(object)) return MAIL_MESSAGE;
  return GMIME_IS_PART(object) ? MAIL_LEAF : MAIL_NOTHING;
}

static inline int mail_part_count(GMimeObject *multipart) { return g_mime_multipart_get_count(GMIME_MULTIPART(multipart)); }

static inline GMimeObject *mail_part(GMimeObject *multipart, int index) {
  return g_mime_multipart_get_part(GMIME_MULTIPART(multipart), index);
}

static inline GMimeMessage *mail_inner_message(GMimeObject *part) {
  return g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
}

static inline const char *mail_message_header(GMimeMessage *message, const char *name) {
  return g_mime_object_get_header(GMIME_OBJECT(message), name);
}

/* "type/subtype" in lower case, to be freed by the caller; NULL if none is declared. */
static inline char *mail_type(GMimeObject *object) {
  GMimeContentType *type = g_mime_object_get_content_type(object);
  char *text = type ? g_mime_content_type_get_mime_type(type) : NULL;
  char *folded = text ? g_ascii_strdown(text, -1) : NULL;
  g_free(text);
  return folded;
}

static inline const char *mail_type_parameter(GMimeObject *object, const char *name) {
  return g_mime_object_get_content_type_parameter(object, name);
}

static inline const char *mail_file_name(GMimeObject *part) { return g_mime_part_get_filename(GMIME_PART(part)); }

/* The content with its transfer encoding decoded; NULL if the part has none. */
static inline GMimeStream *mail_content(GMimeObject *part) {
  GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(part));
  GMimeStream *raw = content ? g_mime_data_wrapper_get_stream(content) : NULL;
  if (raw == NULL) return NULL;
  /* A separate stream, so that the content can be read twice at the same time. */
  GMimeStream *own = g_mime_stream_substream(raw, raw->bound_start, raw->bound_end);
  GMimeStream *decoded = g_mime_stream_filter_new(own);
  g_object_unref(own);
  GMimeContentEncoding encoding = g_mime_data_wrapper_get_encoding(content);
  switch (encoding) {
    case GMIME_CONTENT_ENCODING_BASE64:
    case GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE:
    case GMIME_CONTENT_ENCODING_UUENCODE: {
      GMimeFilter *filter = g_mime_filter_basic_new(encoding, FALSE);
      g_mime_stream_filter_add(GMIME_STREAM_FILTER(decoded), filter);
      g_object_unref(filter);
      break;
    }
    default: break;
  }
  return decoded;
}

/* Decodes base64 in a range of bytes that no header describes. */
static inline GMimeStream *mail_base64(GMimeStream *raw) {
  GMimeStream *decoded = g_mime_stream_filter_new(raw);
  GMimeFilter *filter = g_mime_filter_basic_new(GMIME_CONTENT_ENCODING_BASE64, FALSE);
  g_mime_stream_filter_add(GMIME_STREAM_FILTER(decoded), filter);
  g_object_unref(filter);
  return decoded;
}

/* The address of the first author, or NULL. */
static inline const char *mail_author(GMimeMessage *message) {
  InternetAddressList *list = g_mime_message_get_from(message);
  if (list == NULL || internet_address_list_length(list) < 1) return NULL;
  InternetAddress *first = internet_address_list_get_address(list, 0);
  return INTERNET_ADDRESS_IS_MAILBOX(first) ? internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(first)) : NULL;
}

/* Epoch seconds of the Date field; 0 if it is missing or cannot be read. */
static inline long long mail_date(GMimeMessage *message) {
  GDateTime *date = g_mime_message_get_date(message);
  return date ? g_date_time_to_unix(date) : 0;
}

/* The header fields of a message in order. Values are unmodified, including folding. */
static inline int mail_field_count(GMimeMessage *message) {
  return g_mime_header_list_get_count(g_mime_object_get_header_list(GMIME_OBJECT(message)));
}

static inline GMimeHeader *mail_field(GMimeMessage *message, int index) {
  return g_mime_header_list_get_header_at(g_mime_object_get_header_list(GMIME_OBJECT(message)), index);
}

static inline const char *mail_field_name(GMimeHeader *field) { return g_mime_header_get_name(field); }

static inline const char *mail_field_value(GMimeHeader *field) { return g_mime_header_get_raw_value(field); }

/* Epoch seconds of a date in a header field; 0 if it cannot be read. */
static inline long long mail_read_date(const char *text) {
  GDateTime *date = g_mime_utils_header_decode_date(text);
  if (date == NULL) return 0;
  long long seconds = g_date_time_to_unix(date);
  g_date_time_unref(date);
  return seconds;
}
