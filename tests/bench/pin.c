/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-pin.h"
#include "data/person/dinh-tries.h"
#include "figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* What a sign-in costs: the kiosk Argon2id, the hub a keyed hash. Usage: pin ARGON2, the peer: the argon2
 * program. */

#define PIN "135790"
#define PERSON "nguyen-van-a"
#define ROUNDS 15
#define CHECKS 20000
#define DERIVE_BAR 1.0 /* s, also on an old PC */
#define MEMORY_BAR 130 /* MiB: Argon2id's 128 and a little */

static double
now (void)
{
  return (double) g_get_monotonic_time () / G_USEC_PER_SEC;
}

/* Of this process: other programs' load is not in it. */
static double
get_processor_time (void)
{
  struct timespec time;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

static double
get_peak (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double) usage.ru_maxrss / 1024;
}

static void
run_once (const DinhPinParameters *parameters, GArray *seconds, GArray *processor)
{
  double begin = now (), processor_begin = get_processor_time ();
  g_autoptr (DinhPinKeys) keys = dinh_pin_derive (PIN, parameters, NULL);

  values_add (seconds, keys == NULL ? NAN : now () - begin);
  values_add (processor, keys == NULL ? NAN : get_processor_time () - processor_begin);
}

/* The same by the argon2 program; NaN if it is not there. */
static double
run_peer (const char *argon2, const DinhPinParameters *parameters)
{
  g_autofree char *passes = g_strdup_printf ("%u", parameters->passes);
  g_autofree char *memory = g_strdup_printf ("%u", parameters->memory);
  const char *const arguments[] = {argon2, "0123456789abcdef", "-id", "-t", passes, "-k", memory, "-p", "1",
                                   NULL};
  double begin = now ();
  g_autoptr (GSubprocess) process =
      g_subprocess_newv (arguments, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL);

  if (process == NULL || !g_subprocess_communicate_utf8 (process, PIN, NULL, NULL, NULL, NULL) ||
      !g_subprocess_get_successful (process))
    return NAN;
  return now () - begin;
}

static gboolean
measure_kiosk (const char *argon2)
{
  g_autoptr (GArray) ours = values_new ();
  g_autoptr (GArray) processor = values_new ();
  g_autoptr (GArray) theirs = values_new ();
  DinhPinParameters parameters;
  double before, peer;
  gboolean kept;

  dinh_pin_parameters_init (&parameters);
  run_peer (argon2, &parameters); /* what starting programs takes is not Argon2id's */
  before = get_peak ();
  for (int i = 0; i < ROUNDS; i++) {
    run_once (&parameters, ours, processor);
    values_add (theirs, run_peer (argon2, &parameters));
  }
  peer = values_percentile (theirs, 50);
  kept = figure_print (&(Figure){.bench = "pin",
                                 .figure = "kiosk-argon2id",
                                 .of = "processor time, median",
                                 .value = values_percentile (processor, 50),
                                 .unit = "s",
                                 .bar = DERIVE_BAR});
  kept &= figure_print (&(Figure){.bench = "pin",
                                  .figure = "kiosk-argon2id",
                                  .of = "wall time, median",
                                  .value = values_percentile (ours, 50) * 1000,
                                  .unit = "ms",
                                  .peer = "argon2",
                                  .peer_value = peer * 1000,
                                  .bar = 1.2});
  kept &= figure_print (&(Figure){.bench = "pin",
                                  .figure = "kiosk-memory",
                                  .value = get_peak () - before,
                                  .unit = "MiB",
                                  .bar = MEMORY_BAR});
  return kept;
}

/* Wrong ones: they cost the same as right ones, and an attacker sends those. */
static gboolean
measure_hub (void)
{
  g_autoptr (DinhSecret) pepper = dinh_secret_new_random ();
  g_autoptr (DinhSecret) auth = dinh_secret_new_random ();
  g_autoptr (DinhSecret) wrong = dinh_secret_new_random ();
  g_autofree char *verifier = dinh_pin_verifier_new (auth, pepper, PERSON);
  DinhTries person = {0}, device = {0};
  guint n_right = 0;
  double begin = now ();

  for (int i = 0; i < CHECKS; i++) {
    gboolean right = dinh_pin_verifier_check (verifier, wrong, pepper, PERSON);

    n_right += dinh_tries_judge (&person, &device, right, i).verdict == DINH_TRIES_RIGHT;
  }
  return figure_print (&(Figure){.bench = "pin",
                                 .figure = "hub-verification",
                                 .of = "mean",
                                 .value = n_right > 0 ? NAN : (now () - begin) / CHECKS * 1e6,
                                 .unit = "us",
                                 .bar = 1000});
}

int
main (int argc, char **argv)
{
  gboolean kept = measure_kiosk (argc > 1 ? argv[1] : "argon2");

  return measure_hub () && kept ? EXIT_SUCCESS : EXIT_FAILURE;
}
