#include <libxml/xmlversion.h>
/* Debian's libxml2 draws in ICU's headers, which clash with the copy of ICU inside Swift's Foundation. Only the layout of
 * xmlCharEncodingHandler depends on this, which nobody here looks into. */
#undef LIBXML_ICU_ENABLED
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>
