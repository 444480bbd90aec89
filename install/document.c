/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/document.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "install/text.h"

struct reader {
    yaml_parser_t parser;
    const char *file;
    size_t nodes;
};

int node_error(const struct node_place *place, struct error *err, const char *format, ...)
{
    char what[ERROR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    return error_set(err, ERROR_DAMAGED, "%s:%zu:%zu: %s", place->file, place->line, place->column,
                     what);
}

const char *node_kind_words(enum node_kind kind)
{
    static const char *const words[] = {
        [NODE_SCALAR] = "text",
        [NODE_SEQUENCE] = "a sequence",
        [NODE_MAPPING] = "a mapping",
    };
    return words[kind];
}

static struct node_place place_of(const struct reader *reader, yaml_mark_t mark)
{
    return (struct node_place){reader->file, mark.line + 1, mark.column + 1};
}

static int next_event(struct reader *reader, yaml_event_t *event, struct error *err)
{
    const yaml_parser_t *parser = &reader->parser;
    if (yaml_parser_parse(&reader->parser, event))
        return 0;
    if (parser->error == YAML_MEMORY_ERROR)
        return error_no_memory(err);
    if (parser->error == YAML_READER_ERROR)
        return error_set(err, ERROR_DAMAGED, "%s: byte %zu: %s; UTF-8 text is expected",
                         reader->file, parser->problem_offset, parser->problem);
    struct node_place place = place_of(reader, parser->problem_mark);
    return node_error(&place, err, "not YAML: %s%s%s", parser->context ? parser->context : "",
                      parser->context ? ", " : "", parser->problem);
}

static int limit(const struct node_place *place, struct error *err, const char *what, int max)
{
    node_error(place, err, "%s: at most %d are allowed", what, max);
    err->code = ERROR_LIMIT;
    return -1;
}

/* ---- one node ---- */

static int refuse_extras(const struct node_place *place, const void *anchor, const void *tag,
                         struct error *err)
{
    if (anchor)
        return node_error(place, err, "anchors are not allowed; write the value out each time");
    if (tag)
        return node_error(place, err,
                          "tags are not allowed; each value has the one type that is "
                          "expected of it");
    return 0;
}

static int scalar_text(const struct node_place *place, const yaml_event_t *event, char **out,
                       struct error *err)
{
    const char *text = (const char *)event->data.scalar.value;
    if (refuse_extras(place, event->data.scalar.anchor, event->data.scalar.tag, err) < 0)
        return -1;
    if (strlen(text) != event->data.scalar.length)
        return node_error(place, err, "a NUL character is not allowed in text");
    *out = strdup(text);
    return *out ? 0 : error_no_memory(err);
}

/* The key of the child to come, from the event that begins it. */
static int read_key(struct reader *reader, const yaml_event_t *event, const struct node *mapping,
                    struct node *child, struct error *err)
{
    child->key_place = place_of(reader, event->start_mark);
    if (event->type != YAML_SCALAR_EVENT)
        return node_error(&child->key_place, err, "a key must be text");
    if (scalar_text(&child->key_place, event, &child->key, err) < 0)
        return -1;
    for (size_t i = 0; i < mapping->n; i++) {
        const struct node *other = &mapping->children[i];
        if (strcmp(other->key, child->key) == 0)
            return node_error(&child->key_place, err,
                              "the key '%s' is here twice, first in line "
                              "%zu",
                              child->key, other->key_place.line);
    }
    return 0;
}

static void node_free(struct node *node)
{
    for (size_t i = 0; i < node->n; i++)
        node_free(&node->children[i]);
    free(node->children);
    free(node->key);
    free(node->text);
}

static int append(struct node *parent, const struct node *child, struct error *err)
{
    if (parent->n == DOCUMENT_CHILDREN_MAX)
        return limit(&child->place, err, "too many entries in one list", DOCUMENT_CHILDREN_MAX);
    struct node *children = reallocarray(parent->children, parent->n + 1, sizeof(*children));
    if (!children)
        return error_no_memory(err);
    parent->children = children;
    children[parent->n++] = *child;
    return 0;
}

static int read_node(struct reader *reader, const yaml_event_t *event, struct node *node, int depth,
                     struct error *err);

/* The child that event begins: with its key in a mapping. */
static int read_child(struct reader *reader, const yaml_event_t *event, const struct node *parent,
                      struct node *child, int depth, struct error *err)
{
    if (parent->kind == NODE_SEQUENCE)
        return read_node(reader, event, child, depth, err);

    CLEANUP(yaml_event_delete) yaml_event_t value = {0};
    if (read_key(reader, event, parent, child, err) < 0 || next_event(reader, &value, err) < 0)
        return -1;
    return read_node(reader, &value, child, depth, err);
}

static int read_children(struct reader *reader, struct node *node, yaml_event_type_t end, int depth,
                         struct error *err)
{
    if (depth == DOCUMENT_DEPTH_MAX)
        return limit(&node->place, err, "too many levels", DOCUMENT_DEPTH_MAX);
    for (;;) {
        CLEANUP(yaml_event_delete) yaml_event_t event = {0};
        if (next_event(reader, &event, err) < 0)
            return -1;
        if (event.type == end)
            return 0;
        struct node child = {0};
        if (read_child(reader, &event, node, &child, depth + 1, err) < 0 ||
            append(node, &child, err) < 0) {
            node_free(&child);
            return -1;
        }
    }
}

static int read_node(struct reader *reader, const yaml_event_t *event, struct node *node, int depth,
                     struct error *err)
{
    node->place = place_of(reader, event->start_mark);
    if (++reader->nodes > DOCUMENT_NODES_MAX)
        return limit(&node->place, err, "too many values", DOCUMENT_NODES_MAX);

    switch (event->type) {
    case YAML_SCALAR_EVENT:
        node->kind = NODE_SCALAR;
        return scalar_text(&node->place, event, &node->text, err);
    case YAML_SEQUENCE_START_EVENT:
        node->kind = NODE_SEQUENCE;
        if (refuse_extras(&node->place, event->data.sequence_start.anchor,
                          event->data.sequence_start.tag, err) < 0)
            return -1;
        return read_children(reader, node, YAML_SEQUENCE_END_EVENT, depth, err);
    case YAML_MAPPING_START_EVENT:
        node->kind = NODE_MAPPING;
        if (refuse_extras(&node->place, event->data.mapping_start.anchor,
                          event->data.mapping_start.tag, err) < 0)
            return -1;
        return read_children(reader, node, YAML_MAPPING_END_EVENT, depth, err);
    case YAML_ALIAS_EVENT:
        return node_error(&node->place, err, "aliases are not allowed; write the value out");
    default:
        return error_set(err, ERROR_INTERNAL, "%s: unexpected YAML event %d", reader->file,
                         event->type);
    }
}

/* ---- the document ---- */

static int expect(struct reader *reader, yaml_event_type_t type, struct error *err)
{
    CLEANUP(yaml_event_delete) yaml_event_t event = {0};
    if (next_event(reader, &event, err) < 0)
        return -1;
    if (event.type == type)
        return 0;
    struct node_place place = place_of(reader, event.start_mark);
    if (type == YAML_DOCUMENT_START_EVENT)
        return node_error(&place, err, "nothing is here; a mapping is expected");
    return node_error(&place, err, "a second document begins here; one is expected");
}

static int read_stream(struct reader *reader, struct node *root, struct error *err)
{
    if (expect(reader, YAML_STREAM_START_EVENT, err) < 0 ||
        expect(reader, YAML_DOCUMENT_START_EVENT, err) < 0)
        return -1;
    CLEANUP(yaml_event_delete) yaml_event_t event = {0};
    if (next_event(reader, &event, err) < 0 || read_node(reader, &event, root, 0, err) < 0 ||
        expect(reader, YAML_DOCUMENT_END_EVENT, err) < 0)
        return -1;
    return expect(reader, YAML_STREAM_END_EVENT, err);
}

int document_parse(struct document **out, const char *file, const char *bytes, size_t n,
                   struct error *err)
{
    AUTO_DOCUMENT struct document *document = calloc(1, sizeof(*document));
    if (!document || !(document->file = strdup(file)))
        return error_no_memory(err);

    struct reader reader = {.file = document->file};
    if (!yaml_parser_initialize(&reader.parser))
        return error_no_memory(err);
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)bytes, n);
    int result = read_stream(&reader, &document->root, err);
    yaml_parser_delete(&reader.parser);
    if (result == 0)
        *out = steal(&document);
    return result;
}

int document_read(struct document **out, const char *path, struct error *err)
{
    AUTO_FREE char *bytes = NULL;
    size_t n;
    if (text_read_file(&bytes, &n, path, DOCUMENT_BYTES_MAX, err) < 0)
        return -1;
    return document_parse(out, path, bytes, n, err);
}

void document_free(struct document *document)
{
    if (!document)
        return;
    node_free(&document->root);
    free(document->file);
    free(document);
}
