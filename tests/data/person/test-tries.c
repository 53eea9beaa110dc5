/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-tries.h"

#define S ((gint64) G_USEC_PER_SEC)
#define START (1764000000 * S)

typedef struct {
  int after; /* seconds after the step before */
  gboolean right;
  DinhTriesVerdict verdict;
  guint left;
  int wait; /* seconds */
  guint person_failed;
  guint device_failed;
} Step;

#define WRONG DINH_TRIES_WRONG
#define RIGHT DINH_TRIES_RIGHT
#define WAIT DINH_TRIES_WAIT

typedef struct {
  const char *name;
  DinhTries person;
  DinhTries device;
  Step steps[16]; /* up to one with .after == END */
} Case;

#define END -1000000000

static const Case cases[] = {
    {"five-then-pauses",
     {0},
     {0},
     {
         {0, FALSE, WRONG, 4, 0, 1, 1},
         {0, FALSE, WRONG, 3, 0, 2, 2},
         {0, FALSE, WRONG, 2, 0, 3, 3},
         {0, FALSE, WRONG, 1, 0, 4, 4},
         {0, FALSE, WRONG, 0, 30, 5, 5},
         {10, FALSE, WAIT, 0, 20, 5, 5},
         {19, TRUE, WAIT, 0, 1, 5, 5}, /* right, and not told so */
         {1, FALSE, WRONG, 0, 60, 6, 6},
         {60, FALSE, WRONG, 0, 120, 7, 7},
         {120, FALSE, WRONG, 0, 300, 8, 8},
         {300, FALSE, WRONG, 0, 900, 9, 9},
         {900, FALSE, WRONG, 0, 1800, 10, 10},
         {1800, FALSE, WRONG, 0, 3600, 11, 11},
         {3600, FALSE, WRONG, 0, 3600, 12, 12},
         {3600, TRUE, RIGHT, 1, 0, 0, 12},
         {END},
     }},
    {"right-clears-the-person",
     {4, 0},
     {0},
     {
         {0, TRUE, RIGHT, 5, 0, 0, 0},
         {0, FALSE, WRONG, 4, 0, 1, 1},
         {END},
     }},
    /* Who has a PIN of his own tries others' between his sign-ins: one wrong each, another person each time.
     */
    {"right-does-not-clear-the-device",
     {0},
     {4, START},
     {
         {0, TRUE, RIGHT, 1, 0, 0, 4},
         {0, FALSE, WRONG, 0, 30, 1, 5},
         {0, TRUE, WAIT, 0, 30, 1, 5},
         {30, TRUE, RIGHT, 1, 0, 0, 5},
         {END},
     }},
    {"the-person-waits-on-any-device",
     {6, START + 60 * S},
     {0},
     {
         {59, TRUE, WAIT, 0, 1, 6, 0},
         {1, FALSE, WRONG, 0, 120, 7, 1},
         {END},
     }},
    {"the-longer-pause-counts",
     {5, START + 30 * S},
     {8, START + 300 * S},
     {
         {0, TRUE, WAIT, 0, 300, 5, 8},
         {30, TRUE, WAIT, 0, 270, 5, 8},
         {270, TRUE, RIGHT, 1, 0, 0, 8},
         {END},
     }},
    {"a-device-is-forgiven-after-its-pause",
     {0},
     {7, START + 120 * S},
     {
         {120 + 299, TRUE, RIGHT, 1, 0, 0, 7},
         {1, TRUE, RIGHT, 1, 0, 0, 6},
         {600, TRUE, RIGHT, 1, 0, 0, 4},
         {100000, TRUE, RIGHT, 5, 0, 0, 0},
         {END},
     }},
    {"a-person-is-not",
     {4, START},
     {0},
     {
         {1000000, FALSE, WRONG, 0, 30, 5, 1},
         {END},
     }},
    {"clock-set-back",
     {8, START + 300 * S},
     {0},
     {
         {-100000000, TRUE, WAIT, 0, 300, 8, 0},
         {299, TRUE, WAIT, 0, 1, 8, 0},
         {1, TRUE, RIGHT, 5, 0, 0, 0},
         {END},
     }},
    {"clock-set-back-for-a-device",
     {0},
     {2, START},
     {
         {-100000000, FALSE, WRONG, 2, 0, 1, 3},
         {END},
     }},
    /* whatever a row may say */
    {"nonsense-stored",
     {G_MAXUINT, G_MININT64},
     {G_MAXUINT, G_MAXINT64},
     {
         {0, TRUE, WAIT, 0, 3600, 1000000, 1000000},
         {3600, FALSE, WRONG, 0, 3600, 1000001, 1000001},
         {3600, TRUE, RIGHT, 1, 0, 0, 1000000},
         {END},
     }},
    {"clock-set-back-ends-no-pause",
     {5, START + 30 * S},
     {0},
     {
         {-20, TRUE, WAIT, 0, 30, 5, 0},
         {-20, TRUE, WAIT, 0, 30, 5, 0},
         {END},
     }},
};

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  DinhTries person = c->person, device = c->device;
  gint64 now = START;

  for (guint i = 0; c->steps[i].after != END; i++) {
    const Step *step = &c->steps[i];
    DinhTriesAnswer answer;

    now += step->after * S;
    answer = dinh_tries_judge (&person, &device, step->right, now);
    g_test_message ("step %u", i);
    g_assert_cmpint (answer.verdict, ==, step->verdict);
    g_assert_cmpuint (answer.left, ==, step->left);
    g_assert_cmpint (answer.wait, ==, step->wait * S);
    g_assert_cmpuint (person.failed, ==, step->person_failed);
    g_assert_cmpuint (device.failed, ==, step->device_failed);
  }
}

/* A guess a second: of a thousand, nine are looked at. Waiting each pause out, a thousand take six weeks. */
static void
test_thousand (void)
{
  DinhTries person = {0}, device = {0};
  guint looked_at = 0;
  gint64 now = START, begin;

  for (int i = 0; i < 1000; i++)
    looked_at += dinh_tries_judge (&person, &device, FALSE, now + i * S).verdict == WRONG;
  g_assert_cmpuint (looked_at, ==, 5 + 4); /* after 0, 30, 90, 210 and 510 s */
  person = device = (DinhTries){0};
  begin = now;
  for (int i = 0; i < 1000; i++) {
    DinhTriesAnswer answer = dinh_tries_judge (&person, &device, FALSE, now);

    g_assert_cmpint (answer.verdict, ==, WRONG);
    now += answer.wait;
  }
  g_assert_cmpint ((now - begin) / S, ==, 30 + 60 + 120 + 300 + 900 + 1800 + (1000 - 10) * 3600);
  g_assert_cmpuint (person.failed, ==, 1000);
}

/* From device to device, one person: the thousand are no faster. */
static void
test_many_devices (void)
{
  DinhTries person = {0};
  guint looked_at = 0;

  for (int i = 0; i < 1000; i++) {
    DinhTries device = {0};

    looked_at += dinh_tries_judge (&person, &device, FALSE, START + i * S).verdict == WRONG;
  }
  g_assert_cmpuint (looked_at, ==, 9);
}

/* From person to person, one device: spraying is no faster either, and forgiving lets through at most twelve
 * an hour. */
static void
test_many_persons (void)
{
  DinhTries device = {0};
  guint looked_at = 0;

  for (int i = 0; i < 24 * 3600; i++) {
    DinhTries person = {0};

    looked_at += dinh_tries_judge (&person, &device, FALSE, START + i * S).verdict == WRONG;
  }
  g_assert_cmpuint (looked_at, <=, DINH_TRIES_FREE + 24 * 12);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/person/tries/", cases[i].name, NULL);
    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/person/tries/thousand", test_thousand);
  g_test_add_func ("/person/tries/many-devices", test_many_devices);
  g_test_add_func ("/person/tries/many-persons", test_many_persons);
  return g_test_run ();
}
